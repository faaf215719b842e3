"""What the size of a log costs: the same work on an empty log and on a large one; 10000000 for the README's.

    python -m tests.benchmarks.bench_size [EVENTS] [FOLDER]

Fills a log (SQLite, encrypted) with conversations of 25 events through its public API, and measures
at each power of ten, in one run: appending one event, a turn of five and a batch of a thousand at a
time; opening a session from a process that knows nothing of it; `verify` and `rebuild`; bytes. A
million events take some two minutes and 1.1 GB.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
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
from tests.benchmarks.bench_append import EVENT, KEYS, database
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


def append_rate(log: SqlLog, size: int, events: int) -> float:
    """Events per second, `size` at a time, to a stream that is there; the median of five parts."""
    stream = f"model/{size}"
    log.append(stream, [EVENT])
    parts = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(0, events // 5, size):
            log.append(stream, [EVENT] * size, actor="bot")
        parts.append(events / 5 / (time.perf_counter() - started))
    return median(parts)


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


def measure(url: str, file: Path, events: int, progress: Progress) -> list[str]:
    """A row of the table, on a log that is filled up to so many events first."""
    log = SqlLog(database(url, "NORMAL"), KEYS.load())
    task = progress.add_task(f"{events:,} events", total=events)
    started, before = time.perf_counter(), log.position()
    fill(log, events, lambda done: progress.update(task, completed=done))
    rate = (log.position() - before) / (time.perf_counter() - started)
    log.database.close()
    log = SqlLog(database(url, "FULL"), KEYS.load())
    rates = [append_rate(log, size, most) for size, most in ((1, 5_000), (5, 20_000), (1_000, 100_000))]
    size = sum(each.stat().st_size for each in file.parent.glob(file.name + "*")) / log.position()
    took = opening(url, sessions(log))
    checked = verify(url, KEYS)
    assert checked.is_right, checked.findings
    built = ReadModels(log.engine, log).rebuild()
    log.database.close()
    return [
        f"{events:,}",
        f"{rate:,.0f}",
        *(f"{each:,.0f}" for each in rates),
        f"{size:,.0f}",
        f"{median(took):.1f} / {quantiles(took, n=100)[98]:.1f}",
        f"{checked.seconds:,.0f} s, {checked.events / checked.seconds:,.0f}/s",
        f"{built.seconds:,.0f} s, {built.events / built.seconds:,.0f}/s",
    ]


def main(most: str = "1000000", folder: str = ".") -> None:
    table = Table(
        "events",
        "filled, events/s",
        "1 a time",
        "5 a time",
        "1,000 a time",
        "bytes each",
        "session opened, ms (median / p99)",
        "verify",
        "rebuild",
        title="the size of a log (synchronous=FULL but for the filling)",
    )
    sizes = [size for size in (1_000, 1_000_000, 10_000_000) if size < int(most)] + [int(most)]
    with tempfile.TemporaryDirectory(dir=folder) as made, Progress(console=Console(stderr=True)) as progress:
        file = Path(made) / "bench.db"
        url = f"sqlite:///{file}"
        upgrade(url, keys=KEYS)
        for events in sizes:
            table.add_row(*measure(url, file, events, progress))
            Console(stderr=True).print(*table.columns[0]._cells[-1:], "done")
    Console(width=200).print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
