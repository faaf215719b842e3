"""`recorder ingest --from` as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recorder.events.event import session_stream
from recorder.events.session import ActionExecuted
from recorder.ingest.broker import Consumer, Message
from recorder.store.log import EventLog
from tests.ingest.given import Raw, action, sent

ROOT = Path(__file__).parents[2]


@contextmanager
def ingesting(url: str, database: str, rejected: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "recorder", "ingest", "--from", url, "--rejected", str(rejected)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RECORDER_DATABASE": database}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def conversation(session: str, count: int) -> list[Raw]:
    """A session's messages: actions that are called 0, 1, 2, …"""
    return sent(session, [action(str(number), 1.6e9 + number) for number in range(count)])


def told(log: EventLog, session: str) -> list[int]:
    rows = log.read(session_stream(session))
    return [int(row.event.name or "") for row in rows if isinstance(row.event, ActionExecuted)]


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def received(consumer: Consumer, count: int) -> list[Message]:
    found: list[Message] = []

    def enough() -> bool:
        found.extend(consumer.receive(count - len(found), 0.2))
        return len(found) == count

    until(enough)
    return found
