"""Logs to be copied, and what is in them, row by row."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recorder.audit.rows import Rows
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import NewEvent, export_stream, review_stream, session_stream
from recorder.events.review import StepConfirmed
from recorder.events.session import SessionStarted, SlotSet, UserUttered
from recorder.store.database import Database, Row, open_database
from recorder.store.sql import SqlLog
from tests.postgres import KEYS

NOON = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
COPIER = Path(__file__).with_name("copier.py")


def fill(log: SqlLog, sessions: int = 3) -> None:
    """Sessions, a review of each, an export; times, texts and names of all kinds."""
    for number in range(sessions):
        stream = session_stream(f"{number} Zoë/😀")
        early = NewEvent(
            UserUttered(f"hello {number}"), f"{number}é", NOON - timedelta(days=700_000 * (number % 2))
        )
        log.append(stream, [SessionStarted(), early], actor="rasa")
        log.append(review_stream(str(number), "ann'; --"), [StepConfirmed("s", made_on=0)], actor="ann'; --")
        log.append(stream, [SlotSet("venues", [{"name": "\\\t\n"}]), UserUttered("x" * 2_000)])
    log.append(export_stream("e"), [SessionsExported(log.position(), "0" * 64, {})])


def rows(database: Database | str) -> dict[str, Any]:
    """All that a copy is to hold."""
    opened = open_database(database) if isinstance(database, str) else database
    found = Rows(opened)
    everything = {
        "head": found.head(),
        "events": found.page(0, 1_000_000),
        "streams": found.streams(0, 2**62),
        "keys": sorted(opened.read([("SELECT stream, master, wrapped FROM stream_keys", {})])[0]),
    }
    if isinstance(database, str):
        opened.close()
    return everything


def forget(log: SqlLog, number: int) -> None:
    """A stream's key and name go, as when it is forgotten."""
    with log.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM stream_keys WHERE stream = {number}")
        connection.exec_driver_sql(f"UPDATE streams SET name = NULL, salt = NULL WHERE id = {number}")


@contextmanager
def hands_on(database: Path) -> Iterator[sqlite3.Connection]:
    """A database whose triggers are gone."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def killed(what: str, source: str, target: str, *, after: int) -> None:
    """A copy that is killed when it is beyond a position."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "RECORDER_MASTER_KEY": KEYS.value}
    command: Sequence[str] = [sys.executable, str(COPIER), what, source, target]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    while int(process.stdout.readline()) < after:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()


def event_columns(found: dict[str, Any], *columns: int) -> list[Row]:
    return [tuple(row[column] for column in columns) for row in found["events"]]
