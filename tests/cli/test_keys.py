"""`recorder keys` as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.cli import main
from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.store.sql import SqlLog, open_log
from tests.upkeep.hunting import assert_chain

ROOT = Path(__file__).parents[2]


@pytest.fixture
def many(sql_log: SqlLog) -> SqlLog:
    """3,000 sessions: several batches of a rotation."""
    for start in range(0, 3_000, 500):
        with sql_log.database.changing() as connection:
            for number in range(start, start + 500):
                sql_log.append_in(connection, session_stream(str(number)), [UserUttered(str(number))])
    return sql_log


def keys_in(database: Path) -> list[str]:
    return database.with_name(database.name + ".key").read_text().split()


def test_status_and_rotation(
    sql_log: SqlLog, url: str, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql_log.append(session_stream("s"), [UserUttered("hi")])
    (old,) = keys_in(database)

    assert main(["keys", "status", "--json", "--database", url]) == 0
    before = json.loads(capsys.readouterr().out)
    assert main(["keys", "rotate", "--database", url]) == 0
    said = capsys.readouterr().out
    assert main(["keys", "status", "--database", url]) == 0
    after = capsys.readouterr().out

    assert before["in_use"] == {before["at_hand"][0]: 1} and not before["is_rotating"]
    assert "1 keys were wrapped anew" in said and "Take the old key out" not in said
    assert before["at_hand"][0] not in after and "1 streams are under" in after
    assert len(keys_in(database)) == 1 and keys_in(database) != [old]
    assert open_log(url).read(session_stream("s"))[0].event == UserUttered("hi")


def test_a_variable_with_one_key_is_told_what_to_do(
    sql_log: SqlLog,
    url: str,
    database: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sql_log.append(session_stream("s"), [UserUttered("hi")])
    monkeypatch.setenv("RECORDER_MASTER_KEY", keys_in(database)[0])

    assert main(["keys", "rotate", "--database", url]) == 1

    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert "openssl rand -base64 32" in said.err


@pytest.mark.parametrize("batches", [0, 1, 4])
def test_killed_in_the_middle_it_goes_on_when_it_is_run_again(
    many: SqlLog, url: str, database: Path, batches: int
) -> None:
    (old,) = keys_in(database)
    command = [sys.executable, "-m", "recorder", "keys", "rotate", "--database", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and (keys_in(database) == [old] or moved(many) < batches * 500):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert open_log(url).read(session_stream("7"))[0].event == UserUttered("7")

    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert len(keys_in(database)) == 1 and keys_in(database) != [old]
    log = open_log(url)
    assert [row.event for row in log.read_all()] == [UserUttered(str(number)) for number in range(3_000)]
    assert_chain(log)
    log.database.close()


def moved(log: SqlLog) -> int:
    """Keys under the master key that most are not under yet."""
    found = log.database.read([("SELECT count(*) FROM stream_keys GROUP BY master", {})])[0]
    return min(row[0] for row in found) if len(found) > 1 else 0
