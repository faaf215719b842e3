"""`recorder demo --once` sets up the whole circle, and the commands that it prints close it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.event import review_stream
from recorder.events.review import ReviewSubmitted, StepConfirmed
from recorder.services.reviewing import Desk
from recorder.store.model_files import ModelFiles
from recorder.store.sql import open_log


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_it_did_and_a_second_run_adds_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--once"]) == 0
    first = capsys.readouterr().out
    position = open_log("sqlite:///demo/recorder.db").position()
    files = sorted(here.rglob("*"))

    assert main(["demo", "--once"]) == 0
    second = capsys.readouterr().out

    assert "40 sessions" in first
    assert "0 there already" in first
    assert "0 new events" in second
    assert open_log("sqlite:///demo/recorder.db").position() == position
    assert sorted(here.rglob("*")) == files


def test_it_keeps_what_the_user_changed(here: Path) -> None:
    main(["demo", "--once", "--dir", "a b"])
    (here / "a b" / "concertbot" / "stories.yml").write_text("version: '3.1'\nstories: []\n")

    assert main(["demo", "--once", "--dir", "a b"]) == 0

    assert "stories: []" in (here / "a b" / "concertbot" / "stories.yml").read_text()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("")

    assert main(["demo", "--once", "--dir", "file/demo"]) == 1

    assert "Cannot write to file/demo" in capsys.readouterr().err


def test_the_printed_commands_lead_from_a_review_to_a_comparison(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["demo", "--once"])
    commands = re.findall(r"^  \S*recorder (.+)$", capsys.readouterr().out, re.MULTILINE)
    log = open_log("sqlite:///demo/recorder.db")
    opened = Desk(log).session("visitor-01")
    yes = [StepConfirmed(question.id, 0) for question in opened.questions]
    log.append(review_stream("visitor-01", "ana"), [*yes, ReviewSubmitted(opened.version)])
    monkeypatch.chdir(here / "demo")

    assert [command.split()[0] for command in commands] == ["review", "export", "train", "compare"]
    assert [main(command.split()) for command in commands[1:]] == [0, 0, 0]
    assert len(ModelFiles(Path("models")).list()) == 2
