"""A bot and a log for commands that talk."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.cli import main

BOT = Path(__file__).parents[2] / "data" / "concertbot"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the concert bot in it, trained on all that it was taught. Not to be written to."""
    folder = tmp_path_factory.mktemp("bot") / "models" / "dialogue"
    paths = ["--domain", BOT / "domain.yml", "--stories", BOT / "stories.yml", "--nlu", BOT / "nlu.yml"]
    assert main(["train", *map(str, paths), "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def database(tmp_path: Path) -> str:
    """URL of an empty log."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    assert main(["init", "--database", url]) == 0
    return url
