"""How long a message takes to be answered, with everything on disk: at its session's turn 20, 200, 2,000.

    python -m tests.benchmarks.bench_live [POSTGRESQL_URL]

The concert bot with all its custom actions made responses, one process, one message at a time, after
warm-up. Messages to short, longer and long sessions alternate at random, so that what else the machine
does meets them alike. Beside the time from question to answer: the same without what the process waited
for a processor (the kernel's own count), its processor time, and, as the limit, as many bytes appended to
a file and flushed.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from rich.console import Console
from rich.table import Table

from recorder.actions.local import LocalActions
from recorder.events.codec import encode
from recorder.events.event import Event, session_stream
from recorder.events.session import UserUttered
from recorder.learning.model import Model
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.sql import open_log
from recorder.talking.bot import Bot
from tests.benchmarks.bench_append import KEYS, fresh
from tests.benchmarks.talkers import messages, model

TURNS: Final = (20, 200, 1_000, 2_000)
SAMPLES: Final = 200
"""Messages of each length that are measured."""
ROW: Final = 200
"""Bytes of an event's row beside what it says."""


class Taken(NamedTuple):
    """What one message took, in milliseconds."""

    wall: float
    unhindered: float
    """Without the wait for a processor."""
    cpu: float


def main(server: str = "") -> None:
    console = Console(width=120)
    mind = model(says_all=True)
    for name, where in [("SQLite", ""), *([("PostgreSQL", server)] if server else [])]:
        with fresh(where) as url:
            console.print(table(name, mind, url))
    console.print(
        f"Load of the machine over the last minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores."
    )


def table(name: str, mind: Model, url: str) -> Table:
    taken, flushed, opened = measured(mind, url)
    shown = Table(
        "turn of the session",
        "p50 ms",
        "p99 ms",
        "p50, p99 unhindered",
        "processor p50 ms",
        "× turn 20",
        title=name,
    )
    first = taken[TURNS[0]]
    for turn, each in taken.items():
        shown.add_row(f"{turn:,}", *row(each), f"{typical(each) / typical(first):.2f}")
    shown.add_row("file, flushed", *row(flushed), "")
    shown.add_row("2,000, read from the log first", *row(opened), "")
    return shown


def row(taken: list[Taken]) -> list[str]:
    wall, unhindered = [each.wall for each in taken], [each.unhindered for each in taken]
    return [
        f"{median(wall):.2f}",
        f"{p99(wall):.2f}",
        f"{median(unhindered):.2f}, {p99(unhindered):.2f}",
        f"{median(each.cpu for each in taken):.2f}",
    ]


def typical(taken: list[Taken]) -> float:
    return median(each.unhindered for each in taken)


def p99(values: list[float]) -> float:
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def measured(mind: Model, url: str) -> tuple[dict[int, list[Taken]], list[Taken], list[Taken]]:
    """By turn what a message took; what a flush took; what the first message of a process took."""
    log = open_log(url, keys=KEYS)
    dice, texts = random.Random(7), messages()
    bot = Bot(log, mind, LocalActions())
    turns = said(mind, dice)
    sessions = {turn: fill(log, turn, turns) for turn in TURNS}
    for turn in TURNS:  # the first message of each reads it from the log
        for number in range(SAMPLES):
            if log.version(session_stream(f"{turn}-{number}")):
                bot.answer(f"{turn}-{number}", "hello")
    taken: dict[int, list[Taken]] = {turn: [] for turn in TURNS}
    flushed: list[Taken] = []
    order = [turn for turn in TURNS for _ in range(SAMPLES)]
    dice.shuffle(order)
    size = _bytes_of_a_message(log)
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        for turn in order:
            session, text = next(sessions[turn]), dice.choice(texts)
            taken[turn].append(timed(partial(bot.answer, session, text)))
            flushed.append(timed(partial(_flush, file.fileno(), size)))
    opened = [timed(lambda: Bot(log, mind, LocalActions()).answer("2000-0", "hello")) for _ in range(10)]
    log.database.close()
    return taken, flushed, opened


def said(mind: Model, dice: random.Random) -> list[list[Event]]:
    """The events of a session of 2,200 turns, turn by turn."""
    log, texts = MemoryLog(), messages()
    bot = Bot(log, mind, LocalActions())
    turns: list[list[Event]] = []
    for _ in range(TURNS[-1] * 11 // 10):
        before = log.version(session_stream("s"))
        bot.answer("s", dice.choice(texts))
        turns.append([row.event for row in log.read(session_stream("s"), before - 1)])
    return turns


def fill(log: EventLog, turn: int, turns: list[list[Event]]) -> Iterator[str]:
    """Record sessions nearly as long as this turn; gives the one to be gone on with, time after time."""
    margin = max(5, turn // 10)
    names = [f"{turn}-{number}" for number in range(-(-SAMPLES // (2 * margin)))]
    events = [event for each in turns[: turn - margin] for event in each]
    for name in names:
        log.append(session_stream(name), events, actor="bot")
    return (name for _ in range(SAMPLES) for name in names)


def timed(what: Callable[[], object]) -> Taken:
    waited, cpu, started = _waited(), time.process_time(), time.perf_counter()
    what()
    wall = time.perf_counter() - started
    return Taken(*(1e3 * each for each in (wall, wall - (_waited() - waited), time.process_time() - cpu)))


def _waited() -> float:
    """Seconds for which this thread has waited for a processor so far."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def _bytes_of_a_message(log: EventLog) -> int:
    """What the events of one message are in the log, on average."""
    rows = log.read(session_stream("20-0"))
    messages = sum(isinstance(row.event, UserUttered) for row in rows)
    return sum(len(encode(row.event)) + ROW for row in rows) // messages


def _flush(file: int, size: int) -> None:
    os.write(file, bytes(size))
    os.fsync(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
