"""`recorder rebuild` and `recorder catchup`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from recorder.cli import main
from recorder.read_models.registry import MODELS
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.read_models.given import World


def test_rebuild_says_what_it_did_and_how_fast(
    sql_log: SqlLog, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    session(sql_log, "a", GREETING, REVIEWS)

    assert main(["rebuild", "--database", url]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"Rebuilt {', '.join(MODELS)} from 1 sessions."
    assert said[1].startswith(f"{sql_log.position()} events in ")
    assert World.of(sql_log).listed() == ["a"]


def test_rebuild_takes_the_models_it_is_given_and_reports_in_json(
    sql_log: SqlLog, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    session(sql_log, "a", GREETING)
    World.of(sql_log).models.catch_up()

    assert main(["rebuild", "--json", "--database", url, "--model", "steps", "--model", "search"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert (report["models"], report["sessions"]) == (["steps", "search"], 1)
    assert report["events"] == sql_log.position()
    assert report["events_per_second"] > 0
    assert {each.generation for each in World.of(sql_log).generations()} == {1, 2}


def test_rebuild_knows_its_models(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", "--database", url, "--model", "nothing"]) == 2
    assert "'sessions', 'steps', 'counters', 'search'" in capsys.readouterr().err


def test_catchup_brings_the_lists_up_to_date(
    sql_log: SqlLog, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    session(sql_log, "a", GREETING)

    assert main(["catchup", "--json", "--database", url]) == 0

    assert json.loads(capsys.readouterr().out) == {"position": sql_log.position()}
    assert World.of(sql_log).listed() == ["a"]


def test_catchup_goes_on_until_it_is_told_to_stop(sql_log: SqlLog, url: str) -> None:
    command = [sys.executable, "-m", "recorder", "catchup", "--watch", "--rest", "0", "--database", url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stderr is not None
        assert "Ctrl-C" in process.stderr.readline()
        world = World.of(sql_log)
        for name in ("a", "b", "c"):
            session(sql_log, name, GREETING)
            while name not in world.listed():
                assert process.poll() is None
                time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert said == f"The lists are up to date with event {sql_log.position()} of the log.\n"
