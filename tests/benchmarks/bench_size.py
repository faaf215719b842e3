"""What the size of a log costs: the same work on an empty log and on a large one; 10000000 for the README's.

    python -m tests.benchmarks.bench_size [EVENTS] [FOLDER]

Fills a log (SQLite, encrypted) with conversations of 25 events through its public API, and measures
at a million events, and at ten: appending, in turns with an empty log; opening a session from a process
that knows nothing of it; `verify` and `rebuild`; bytes. A million events take some minutes and 1.1 GB.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from recorder.audit.verifying import verify
from recorder.dialogue.steps import cut
from recorder.events.event import session_stream
from recorder.read_models.catching_up import ReadModels
from recorder.review.questions import ask
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog
from tests.benchmarks.bench_append import EVENT, KEYS, database, fresh
from tests.benchmarks.bench_read import conversation

PRODUCERS = 8
EACH = 25
"""Events of a conversation."""
OPENED = 200


def fill(log: SqlLog, events: int, progress: Callable[[int], None]) -> None:
    """Conversations, until the log holds so many events."""
    numbers = count(sessions(log))

    def produce(_: int) -> None:
        while log.position() < events:
            for number in [next(numbers) for _ in range(100)]:
                log.append(session_stream(str(number)), list(conversation(number)), expected_version=0)
            progress(log.position())

    with ThreadPoolExecutor(PRODUCERS) as pool:
        for _ in pool.map(produce, range(PRODUCERS)):
            pass


def sessions(log: SqlLog) -> int:
    return sum(1 for _ in log.streams("session/"))


def append_rates(url: str, empty: str) -> Iterator[str]:
    """Events per second, and what part of an empty log's rate: one, five, a thousand at a time.

    The two logs take turns, nine times each, so that whatever else the machine does meets both.
    """
    for size, events in ((1, 600), (5, 3_000), (1_000, 20_000)):
        rounds = [[_append_rate(each, size, events) for each in (url, empty)] for _ in range(9)]
        ours, others = (median(each) for each in zip(*rounds, strict=True))
        yield f"{ours:,.0f} ({ours / others:.2f})"


def _append_rate(url: str, size: int, events: int) -> float:
    log = SqlLog(database(url, "FULL"), KEYS.load())
    stream = f"model/{size}"
    log.append(stream, [EVENT])
    started = time.perf_counter()
    for _ in range(0, events, size):
        log.append(stream, [EVENT] * size, actor="bot")
    rate = events / (time.perf_counter() - started)
    log.database.close()
    return rate


def opening(url: str, there: int) -> list[float]:
    """Milliseconds to read and fold each of some sessions, in an order that nobody can foresee."""
    log = SqlLog(database(url, "FULL"), KEYS.load())
    took = []
    for number in random.Random(1).sample(range(there), min(OPENED, there)):
        started = time.perf_counter()
        assert ask(cut(log.read(session_stream(str(number)))))
        took.append((time.perf_counter() - started) * 1_000)
    log.database.close()
    return took


def measure(file: Path, events: int, progress: Progress) -> Iterator[tuple[str, str]]:
    """What is measured, and how much it is, on a log that is filled up to so many events first."""
    url = f"sqlite:///{file}"
    log = SqlLog(database(url, "NORMAL"), KEYS.load())
    task = progress.add_task(f"{events:,} events", total=events)
    started, before = time.perf_counter(), log.position()
    fill(log, events, lambda done: progress.update(task, completed=done))
    yield "filled, events/s", f"{(log.position() - before) / (time.perf_counter() - started):,.0f}"
    there = sessions(log)
    log.database.close()
    with fresh("") as empty:
        for many, rate in zip(("one", "five", "1,000"), append_rates(url, empty), strict=True):
            yield f"appended {many} at a time, events/s (of an empty log's)", rate
    took = opening(url, there)
    yield "session opened, ms: median, p99", f"{median(took):.1f}, {quantiles(took, n=100)[98]:.1f}"
    log = SqlLog(database(url, "FULL"), KEYS.load())
    size = sum(each.stat().st_size for each in file.parent.glob(file.name + "*"))
    yield "bytes an event", f"{size / log.position():,.0f}"
    checked = verify(url, KEYS)
    assert checked.is_right, checked.findings
    yield "verify", f"{checked.seconds:,.0f} s, {checked.events / checked.seconds:,.0f} events/s"
    built = ReadModels(log.engine, log).rebuild()
    yield "rebuild", f"{built.seconds:,.0f} s, {built.events / built.seconds:,.0f} events/s"
    log.database.close()


def main(most: str = "1000000", folder: str = ".") -> None:
    sizes = [size for size in (1_000_000, 10_000_000) if size < int(most)] + [int(most)]
    with tempfile.TemporaryDirectory(dir=folder) as made, Progress(console=Console(stderr=True)) as progress:
        file = Path(made) / "bench.db"
        upgrade(f"sqlite:///{file}", keys=KEYS)
        for events in sizes:
            table = Table("what", "how much", title=f"a log of {events:,} events")
            for what, how_much in measure(file, events, progress):
                progress.console.print(f"{events:,} events: {what}: {how_much}", highlight=False)
                table.add_row(what, how_much)
            Console().print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
