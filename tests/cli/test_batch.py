"""`recorder batch` as its users call it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from recorder.cli import main
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, confirmation, session

STRATEGY = ["--strategy", "uncertain:0.5,random:0.5"]


@pytest.fixture
def log(sql_log: SqlLog, url: str, monkeypatch: pytest.MonkeyPatch) -> SqlLog:
    monkeypatch.setenv("RECORDER_DATABASE", url)
    for number in range(4):
        session(sql_log, f"s{number}", GREETING, *([REVIEWS] if number % 2 else []))
    return sql_log


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_batch_is_tried_opened_shown_and_closed(
    log: SqlLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("# Say what is right\n")
    options = [*STRATEGY, "--size", "3", "--votes", "2", "--annotators", "ana,bo", "--blind", "0.4"]
    options += ["--guidelines", str(guide), "--due", "2026-06-01", "--seed", "7"]

    assert main(["batch", "open", "May", *options, "--dry-run", "--json"]) == 0
    tried = orjson.loads(told(capsys))
    assert main(["batch", "list"]) == 0
    assert told(capsys) == "There are no batches.\n"
    assert main(["batch", "open", "May", *options, "--json"]) == 0
    opened = orjson.loads(told(capsys))

    assert tried["sessions"] == opened["sessions"]
    assert [tried["opened"], opened["opened"]] == [False, True]
    assert {row["votes"] for row in opened["sessions"]} == {2}
    assert sum(row.get("blind", False) for row in opened["sessions"]) == 1
    assert main(["batch", "list"]) == 0
    assert told(capsys) == "May: 0 of 3 sessions complete; due 2026-06-01\n"
    assert main(["batch", "guidelines", "May"]) == 0
    assert told(capsys) == "# Say what is right\n"
    guide.write_text("# Otherwise\n")
    assert main(["batch", "guidelines", "May", str(guide)]) == 0
    assert told(capsys) == "Version 2 of the guidelines of May.\n"
    assert main(["batch", "show", "May", "--json"]) == 0
    shown = orjson.loads(told(capsys))
    assert shown["sampled"]["shares"] == {"uncertain": 0.5, "random": 0.5}
    assert shown["people"]["ana"]["done"] == 0
    assert main(["batch", "close", "May"]) == 0
    assert main(["batch", "list"]) == 0
    assert told(capsys) == "Batch May is closed.\nMay: 0 of 3 sessions complete; closed\n"


def test_sessions_are_named_with_why_they_are_there(log: SqlLog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "open", "b", "--strategy", "uncertain", "--size", "2", "--votes", "1,3<0.5"]) == 0

    lines = told(capsys).splitlines()
    assert sorted(lines[:2]) == [
        "s1: 3 votes; least sure step 0.31",
        "s3: 3 votes; least sure step 0.31",
    ]
    assert lines[2] == "2 of 4 sessions are queued as batch b."


def test_what_is_not_there_is_said(log: SqlLog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "open", "b", "--strategy", "random", "--intent", "compare_reviews"]) == 0

    said = capsys.readouterr()
    assert said.err == "recorder: 2 of 40 sessions: no others fit\n"
    assert "2 of 2 sessions are queued as batch b." in said.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["open", "b", "--strategy", "best"], "'best' is not one of uncertain"),
        (["open", "b", "--strategy", "random:x"], "'x' is no share"),
        (["open", "b", "--strategy", "random:-1"], "must be above 0"),
        (["open", "b", "--votes", "2,x"], "a number, as 2"),
        (["open", "b", "--votes", "3", "--annotators", "ana"], "cannot get 3 votes from 1 annotators"),
        (["open", "b", "--due", "soon"], "'soon' is no day"),
        (["open", "b", "--gold", "0.5"], "the annotators must be named"),
        (["open", "b", "--strategy", "disagreement"], "No session fits"),
        (["show", "b"], "There is no batch 'b'."),
        (["close", "b"], "There is no batch 'b'."),
        (["guidelines", "b"], "There is no batch 'b'."),
        (["gold", "s0"], "Nobody has submitted a review of 's0'"),
        (["gold", "none"], "There is no session 'none'"),
        (["open", "b", "--guidelines", "none.md"], "none.md: No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_nothing_is_written(
    log: SqlLog, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    before = log.position()

    assert main(["batch", *arguments]) in (1, 2)

    assert complaint in capsys.readouterr().err
    assert log.position() == before


def test_a_name_that_is_taken_is_refused(log: SqlLog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "open", "b", "--strategy", "random", "--size", "2"]) == 0
    assert main(["batch", "open", "b", "--strategy", "random", "--size", "1"]) == 1

    assert capsys.readouterr().err == "recorder: There is a batch 'b' already; name this one otherwise.\n"


def test_a_review_that_is_only_begun_makes_no_gold(log: SqlLog, capsys: pytest.CaptureFixture[str]) -> None:
    confirmation(log, "s0", "s0-3")

    assert main(["batch", "gold", "s0"]) == 1
