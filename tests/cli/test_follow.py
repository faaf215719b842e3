"""`recorder follow` as it is typed, and as a process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from recorder.cli import main
from recorder.events.event import JsonObject
from recorder.events.review import StepConfirmed
from recorder.events.session import UserUttered
from recorder.store.log import EventLog
from recorder.store.sql import SqlLog

ROOT = Path(__file__).parents[2]


def write(log: EventLog, count: int, stream: str = "session/a") -> None:
    for number in range(count):
        log.append(stream, [UserUttered(str(number))], actor="bot")


def printed(text: str) -> list[JsonObject]:
    return [orjson.loads(line) for line in text.splitlines()]


def test_what_is_there_is_printed_once_and_can_be_ingested(
    url: str, sql_log: SqlLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(sql_log, 3)
    assert main(["follow", "--once", "--database", url]) == 0

    out = capsys.readouterr().out
    assert [(line["position"], line["session"]) for line in printed(out)] == [(1, "a"), (2, "a"), (3, "a")]
    (tmp_path / "lines").write_text(out)
    other = f"sqlite:///{tmp_path}/other.db"
    assert (
        main(["init", "--database", other])
        == main(["ingest", "--database", other, str(tmp_path / "lines")])
        == 0
    )
    capsys.readouterr()
    main(["follow", "--once", "--database", other, "--stream", "session/"])
    again = [line for line in printed(capsys.readouterr().out) if line["type"] == "user"]
    assert [{**line, "position": 0} for line in again] == [{**line, "position": 0} for line in printed(out)]


def test_streams_are_chosen_by_how_they_begin(
    url: str, sql_log: SqlLog, capsys: pytest.CaptureFixture[str]
) -> None:
    write(sql_log, 1)
    sql_log.append("review/a/ann", [StepConfirmed("s1", 0)], actor="ann")

    main(["follow", "--once", "--database", url, "--stream", "review/"])

    (line,) = printed(capsys.readouterr().out)
    assert (line["position"], line["stream"], line["actor"]) == (2, "review/a/ann", "ann")


def test_the_position_file_says_where_to_go_on(
    url: str, sql_log: SqlLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["follow", "--once", "--database", url, "--after", "1", "--position-file", str(tmp_path / "at")]
    write(sql_log, 3)

    main(command)
    write(sql_log, 2)
    main(command)

    assert [line["position"] for line in printed(capsys.readouterr().out)] == [2, 3, 4, 5]
    assert (tmp_path / "at").read_text() == "5\n"


def test_a_position_file_that_holds_something_else_is_named(
    url: str, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["follow", "--once", "--database", url, "--position-file", str(database)]) == 1
    assert "holds no position" in capsys.readouterr().err


@contextmanager
def following(url: str, out: Path, at: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "recorder", "follow", "--database", url, "--position-file", str(at)]
    with out.open("ab") as stdout:
        process = subprocess.Popen(command, stdout=stdout, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(done: int, out: Path) -> None:
    """So many events are told; who was killed may have told some of them before."""
    deadline = time.monotonic() + 60
    while len(set(out.read_bytes().splitlines())) < done:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_follower_that_is_killed_leaves_no_event_out(url: str, sql_log: SqlLog, tmp_path: Path) -> None:
    out, at = tmp_path / "out", tmp_path / "at"
    with following(url, out, at) as process:
        write(sql_log, 50)
        until(10, out)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with following(url, out, at) as process:
        write(sql_log, 50, "session/b")
        until(100, out)
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == 0

    seen = [line["position"] for line in printed(out.read_text())]
    assert list(dict.fromkeys(seen)) == [*range(1, 101)]
    assert at.read_text() == "100\n"
