"""Appending through the log against the bare driver doing the same transactions.

    python -m tests.benchmarks.bench_append [EVENTS]

Both write events of about 600 bytes into a migrated database with synchronous=FULL, in appends of
1, 5 and 100. The driver is handed finished rows; the log encodes, checks ids and versions, decodes.
Three rounds, in turns; medians.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import uuid_utils
from rich.console import Console
from rich.table import Table

from recorder.events.codec import encode
from recorder.events.prediction import ActionRanked
from recorder.store.schema import upgrade
from recorder.store.sql import open_log

EVENT = ActionRanked("e" * 36, "m" * 16, tuple((f"action_number_{n:02}", 1 / (n + 1.7)) for n in range(14)))
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
NOW = "2024-05-01 12:00:00.123456"


def through_the_log(url: str, count: int, size: int) -> None:
    log = open_log(url)
    for start in range(0, count, size):
        log.append("session/a", [EVENT] * size, expected_version=start, actor="bot")
    log.engine.dispose()


def bare_driver(url: str, count: int, size: int) -> None:
    payload = encode(EVENT).decode()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=FULL")
        for start in range(0, count, size):
            db.execute("BEGIN IMMEDIATE")
            db.executemany(INSERT, _rows(start, size, payload))
            db.execute("COMMIT")


def _rows(start: int, size: int, payload: str) -> Iterator[tuple[object, ...]]:
    for number in range(start, start + size):
        identity = str(uuid_utils.uuid7())
        yield number + 1, "session/a", number, identity, "action_ranked", NOW, NOW, "bot", payload


def rate(write: Callable[[str, int, int], None], count: int, size: int) -> float:
    """Events per second into a new database."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        url = f"sqlite:///{folder}/bench.db"
        upgrade(url)
        started = time.perf_counter()
        write(url, count, size)
        return count / (time.perf_counter() - started)


def main(count: int) -> None:
    table = Table("events per append", "log, events/s", "driver, events/s", "ratio", title="append")
    for size in (1, 5, 100):
        total = min(count, 2_000 * size)
        rounds = [(rate(through_the_log, total, size), rate(bare_driver, total, size)) for _ in range(3)]
        ours, bare = (median(each) for each in zip(*rounds, strict=True))
        table.add_row(str(size), f"{ours:,.0f}", f"{bare:,.0f}", f"{ours / bare:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
