"""A bot that was trained once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.lessons import Room, bot


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def room(models: Path, tmp_path: Path) -> Room:
    return Room(tmp_path, bot(models))
