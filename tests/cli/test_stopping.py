"""SIGTERM, as systemd and containers send it: what is begun is finished, and nobody sees a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from recorder.events.event import Recorded
from recorder.events.session import SessionRecorded
from recorder.store.sql import SqlLog
from tests.browser.live import free_port
from tests.ingest import given as world
from tests.ingest.given import actions, sent

ROOT = Path(__file__).parents[2]
SECONDS = 60


class Process:
    """The program, with what it wrote."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.out, self.err = folder / "out", folder / "err"
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = [sys.executable, "-m", "recorder", *arguments]
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environ)

    def terminate(self) -> tuple[int, str]:
        """Exit code and stderr."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(SECONDS)
        return code, self.err.read_text()


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for each in started:
        each.process.kill()
        each.process.wait()


def until_it_answers(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def test_the_monitor_ends_with_0(url: str, tmp_path: Path, processes: list[Process]) -> None:
    port = free_port()
    processes.append(monitor := Process(tmp_path, "monitor", f"--port={port}", f"--database={url}"))
    until_it_answers(f"http://127.0.0.1:{port}/health")

    code, err = monitor.terminate()

    assert code == 0
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["monitoring", "stopped"]


def test_the_review_app_ends_with_0_and_was_monitored_from_the_start(
    url: str, tmp_path: Path, processes: list[Process]
) -> None:
    port, beside = free_port(), free_port()
    options = f"--no-browser --port={port} --monitor={beside} --database={url}".split()
    processes.append(app := Process(tmp_path, "review", *options))
    until_it_answers(f"http://127.0.0.1:{beside}/ready")
    until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")

    code, err = app.terminate()

    assert code == 0
    assert "Traceback" not in err
    names = [json.loads(line)["event"] for line in err.splitlines()]
    assert names[0] == "monitoring" and names[-1] == "stopped"


def test_ingest_finishes_the_session_that_it_is_at_and_says_what_is_left(
    sql_log: SqlLog, url: str, tmp_path: Path, processes: list[Process]
) -> None:
    count = 400
    lines = [line for n in range(count) for line in sent(f"s{n}", actions("abcdef"))]
    path = world.lines(tmp_path / "sessions.jsonl", *lines)
    run = ("ingest", str(path), f"--database={url}")
    processes.append(ingest := Process(tmp_path, *run))
    assert sql_log.wait(0, SECONDS)

    with sql_log.database.appending():  # it waits for its next transaction when the signal comes
        ingest.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert ingest.process.poll() is None
    code, err = ingest.process.wait(SECONDS), ingest.err.read_text()

    taken = histories(sql_log)
    assert code == 143
    assert err == f"recorder: stopped; {count - len(taken)} sessions are left for the next run\n"
    assert 0 < len(taken) < count
    assert {len(rows) for rows in taken.values()} == {1 + len(sent("s", actions("abcdef")))}
    assert subprocess.run([sys.executable, "-m", "recorder", *run], capture_output=True).returncode == 0
    assert len(histories(sql_log)) == count


def histories(log: SqlLog) -> dict[str, list[Recorded]]:
    found = log.read_many(log.streams("session/"))
    assert all(isinstance(rows[0].event, SessionRecorded) for rows in found.values())
    return found


def test_a_command_that_waits_for_its_input_ends_at_once(url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recorder", "ingest", "-", f"--database={url}"]
    environ = {**os.environ, "RECORDER_LOG": "json"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True
    ) as process:
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["event"] == "started"
        process.send_signal(signal.SIGTERM)
        code, err = process.wait(SECONDS), process.stderr.read()

    assert code == 143
    assert json.loads(err)["code"] == 143
