"""Compiling an export in one process, and on two Dask workers: the same bytes, and how much sooner.

    python -m tests.benchmarks.bench_compile_dask [SESSIONS] [POSTGRESQL_URL]

Each session has 40 events and a review. The cluster is running before the clock is started, and has
compiled once. Five rounds, in turns; medians. `cpu` is what this process itself spent, which nobody can
take off it: reading names, scheduling, taking in the answers, putting them together.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import uuid_utils
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

from recorder import cluster
from recorder.services.compiling import Export, compile_shards
from recorder.services.gold import judged
from recorder.store.key_source import KeySource
from recorder.store.schema import upgrade
from recorder.store.shards import Here
from recorder.store.sql import open_log
from tests.benchmarks.crowd import DOMAIN, crowd

WORKERS = 2
ROUNDS = 5
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def main(sessions: int = 5_000, server: str = "") -> None:
    os.environ["RECORDER_MASTER_KEY"] = KEY  # the workers inherit it
    table = Table("", "seconds", "cpu of this process, s", "times as fast", title=f"{sessions:,} sessions")
    with database(server) as url, cluster.local(WORKERS, url) as workers:
        log = open_log(url, keys=KeySource.of(os.environ))
        crowd(log, sessions)
        cut = judged(log)

        def alone() -> Export:
            return compile_shards(Here(log), cut, DOMAIN)

        def together() -> Export:
            return compile_shards(workers, cut, DOMAIN)

        assert alone() == together(), "the bytes differ"
        rounds = [(timed(alone), timed(together)) for _ in range(ROUNDS)]
        log.database.close()
    (one, one_cpu), (many, many_cpu) = (
        tuple(median(column) for column in zip(*each, strict=True)) for each in zip(*rounds, strict=True)
    )
    table.add_row("one process", f"{one:.2f}", f"{one_cpu:.2f}", "1")
    table.add_row(f"{WORKERS} workers", f"{many:.2f}", f"{many_cpu:.2f}", f"{one / many:.2f}")
    Console().print(table)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process's CPU."""
    begun, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - spent


@contextmanager
def database(server: str) -> Iterator[str]:
    """A new database of ours, in a file or on a server."""
    if not server:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            url = f"sqlite:///{folder}/bench.db"
            upgrade(url, keys=KeySource(value=KEY))
            yield url
        return
    name = f"bench_{uuid_utils.uuid4().hex}"
    engine = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
            upgrade(url, keys=KeySource(value=KEY))
            yield url
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


if __name__ == "__main__":
    main(*(int(word) if word.isdecimal() else word for word in sys.argv[1:]))  # type: ignore[arg-type]
