"""`recorder export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests import given

FILES = ["domain_additions.yml", "manifest.json", "nlu.yml", "stories.yml"]


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """A log with one submitted review, and a folder to export to that is not there yet."""
    url = f"sqlite:///{tmp_path}/log.db"
    upgrade(url)
    log = open_log(url)
    given.session(log, "s", given.GREETING)
    given.confirmation(log, "s", "s-3")
    log.append(review_stream("s", "ana"), [ReviewSubmitted(6)], actor="ana")
    paths = {"--database": url, "--models": f"{tmp_path}/models", "--out": f"{tmp_path}/out"}
    return [word for pair in paths.items() for word in pair]


def test_export_says_what_it_wrote_and_the_log_knows(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *options, "--json"]) == 0

    manifest = json.loads(capsys.readouterr().out)
    assert manifest["counts"]["sessions"] == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == FILES
    assert len(list(open_log(options[1]).streams("export/"))) == 1


def test_export_replaces_files_only_when_it_is_told_to_and_folders_never(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "nlu.yml").mkdir(parents=True)

    assert main(["export", *options]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["export", *options, "--force"]) == 1
    assert "it is a folder" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["nlu.yml"]


def test_a_user_without_a_name_may_export(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nameless)

    assert main(["export", *options]) == 0
    assert (tmp_path / "out" / "manifest.json").exists()
