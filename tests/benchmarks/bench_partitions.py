"""What hash partitions cost and bring at a million events on PostgreSQL: none, against 16.

    python -m tests.benchmarks.bench_partitions [POSTGRESQL_URL] [EVENTS]

Without a URL a server is started in a temporary folder. The million is written by SQL, with plain payloads
of 600 bytes in sessions of 40, and no chain: what is measured goes through the log, on top of it, in turns
between the two databases; medians of three rounds.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

from recorder.events.event import session_stream
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from tests.benchmarks.bench_append import EVENT
from tests.postgres import KEYS, Cluster

PARTITIONS = (0, 16)
ROUNDS = 3
LENGTH = 40
"""Events in a session."""
FILL = f"""
INSERT INTO streams (id, name, salt, digest)
SELECT n, 'session/s' || n, '\\x00', sha256(n::text::bytea) FROM generate_series(1, :sessions) AS n;
INSERT INTO events
    (position, stream, version, id, type, schema, occurred_at, recorded_at, actor, payload, link)
SELECT n, (n - 1) / {LENGTH} + 1, (n - 1) % {LENGTH}, 'e' || lpad(n::text, 35, '0'), 'user', 1, now(), now(),
    'bot', convert_to(json_build_object('text', repeat(md5(n::text), 18))::text, 'UTF8'), '\\x00'
FROM generate_series(1, :events) AS n;
UPDATE log_head SET position = :events;
"""

Measure = Callable[[SqlLog, int], float]
"""Takes the log and the number of the round."""


def main(server: str = "", events: int = 1_000_000) -> None:
    table = Table("", *(f"{n} partitions" if n else "one table" for n in PARTITIONS), "ratio")
    with running(server) as address:
        logs = [filled(address, partitions, events) for partitions in PARTITIONS]
        for name, unit, measure in MEASURES:
            rounds = [[measure(log, number) for log in logs] for number in range(ROUNDS)]
            plain, parted = (median(column) for column in zip(*rounds, strict=True))
            table.add_row(f"{name}, {unit}", f"{plain:,.2f}", f"{parted:,.2f}", f"{parted / plain:.2f}")
        for log in logs:
            log.database.close()
        drop(address)
    Console().print(table)


@contextmanager
def running(server: str) -> Iterator[str]:
    """The URL of a server's database `postgres`."""
    if server:
        yield server
        return
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        cluster = Cluster.make(Path(folder))
        cluster.start()
        try:
            yield cluster.url("postgres")
        finally:
            cluster.stop("immediate")


def filled(server: str, partitions: int, events: int) -> SqlLog:
    """A log with that many events already."""
    name = f"bench_{partitions}"
    administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    upgrade(url, keys=KEYS, partitions=partitions)
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in FILL.split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"events": events, "sessions": events // LENGTH})
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return open_log(url, keys=KEYS)


def drop(server: str) -> None:
    administer(server, *(f"DROP DATABASE bench_{partitions} WITH (FORCE)" for partitions in PARTITIONS))


def administer(server: str, *commands: str) -> None:
    engine = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for command in commands:
            connection.execute(text(command))
    engine.dispose()


def appending(size: int, count: int) -> Measure:
    """Events per second in appends of `size`, each to one of a hundred sessions."""

    def measure(log: SqlLog, number: int) -> float:
        begun = time.perf_counter()
        for place in range(count):
            log.append(session_stream(f"new-{size}-{number}-{place % 100}"), [EVENT] * size, actor="bot")
        return size * count / (time.perf_counter() - begun)

    return measure


def opening(log: SqlLog, number: int) -> float:
    """Milliseconds to read one session, the median of many."""
    dice = random.Random(number)
    last = log.position() // LENGTH // 4  # far from the end, where the rounds before have written
    spent = []
    for _ in range(500):
        stream = session_stream(f"s{dice.randint(1, last)}")
        begun = time.perf_counter()
        assert len(log.read(stream)) == LENGTH
        spent.append(time.perf_counter() - begun)
    return 1_000 * median(spent)


def many(log: SqlLog, number: int) -> float:
    """Events per second, 100 sessions at a time."""
    streams = [session_stream(f"s{n}") for n in range(number * 2_000 + 1, number * 2_000 + 2_001)]
    begun = time.perf_counter()
    for start in range(0, len(streams), 100):
        log.read_many(streams[start : start + 100])
    return len(streams) * LENGTH / (time.perf_counter() - begun)


def following(log: SqlLog, number: int) -> float:
    """Events per second in the order of the log."""
    begun = time.perf_counter()
    count = sum(1 for _ in log.read_all(after=number * 50_000, limit=50_000))
    return count / (time.perf_counter() - begun)


MEASURES: tuple[tuple[str, str, Measure], ...] = (
    ("append one event at a time", "events/s", appending(1, 1_000)),
    ("append a turn of 5", "events/s", appending(5, 500)),
    ("append 1,000", "events/s", appending(1_000, 10)),
    ("read one session of 40", "ms", opening),
    ("read 100 sessions at a time", "events/s", many),
    ("follow the log", "events/s", following),
)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "", *map(int, sys.argv[2:3]))
