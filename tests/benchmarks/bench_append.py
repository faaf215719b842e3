"""Appending through the log against the bare driver, and against the library eventsourcing 9.5.

    python -m tests.benchmarks.bench_append [POSTGRESQL_URL]

All write events of about 600 bytes. The driver does the same transactions on the same migrated
tables, triggers and all, in the least code that does it:

    rows       is handed finished rows: no JSON, no encryption, no chain, no checks, no ids
    promises   keeps the log's promises: expected version, JSON, AES-256-GCM, SHA-256 chain, ids

The log encrypts, as it does by default. Three rounds, in turns; medians.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from hashlib import sha256
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import orjson
import psycopg
import uuid_utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

from recorder.events.codec import encode
from recorder.events.prediction import ActionRanked
from recorder.store.database import Database, database_url
from recorder.store.key_source import KeySource
from recorder.store.postgres import PostgresDatabase
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog
from recorder.store.sqlite import SqliteDatabase

RANKING = tuple((f"action_number_{n:02}", 1 / (n + 1.7)) for n in range(14))
EVENT = ActionRanked("e" * 36, "m" * 16, RANKING)
FIELDS: dict[str, Any] = {"about": EVENT.about, "model": EVENT.model, "ranking": RANKING}
KEYS = KeySource(value="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
VERSION = "SELECT coalesce(max(version) + 1, 0) FROM events WHERE stream = 1"
NOW = "2024-05-01 12:00:00.123456"
LINK = bytes(32)

Write = Callable[[str, str, int, int], None]
"""URL, synchronous, events, events per transaction."""


def through_the_log(url: str, synchronous: str, count: int, size: int) -> None:
    log = SqlLog(database(url, synchronous), KEYS.load())
    for start in range(0, count, size):
        log.append("session/a", [EVENT] * size, expected_version=start, actor="bot")
    log.database.close()


def database(url: str, synchronous: str) -> Database:
    if url.startswith("sqlite"):
        return SqliteDatabase(Path(url.removeprefix("sqlite:///")), synchronous=synchronous)
    return PostgresDatabase(database_url(url), url, options=_commits(synchronous))


def _commits(synchronous: str) -> str:
    return "-c synchronous_commit=off" if synchronous == "OFF" else ""


def finished_rows(url: str, synchronous: str, count: int, size: int) -> None:
    payload = os.urandom(28) + encode(EVENT)

    def rows(position: int) -> Iterator[tuple[Any, ...]]:
        for number in range(position, position + size):
            identity = str(uuid_utils.uuid7())
            yield number + 1, 1, number, identity, "action_ranked", 1, NOW, NOW, "bot", payload, LINK

    with bare(url, synchronous) as transaction:
        for _ in range(0, count, size):
            transaction(lambda head, _: rows(head[0]))


def same_promises(url: str, synchronous: str, count: int, size: int) -> None:
    cipher = AESGCM(bytes(32))

    def rows(head: tuple[int, bytes], version: int) -> Iterator[tuple[Any, ...]]:
        position, link = head
        assert version == position  # what an expected version is held against
        for number in range(position, position + size):
            identity, nonce = str(uuid_utils.uuid7()), os.urandom(12)
            plain = orjson.dumps(FIELDS, option=orjson.OPT_SORT_KEYS)
            payload = nonce + cipher.encrypt(nonce, plain, identity.encode())
            columns = number + 1, 1, number, identity, "action_ranked", 1, NOW, NOW, "bot"
            leaf = sha256(b"\0" + orjson.dumps(columns) + payload).digest()
            link = sha256(link + leaf).digest()
            yield *columns, payload, link

    with bare(url, synchronous) as transaction:
        for _ in range(0, count, size):
            transaction(rows)


Rows = Callable[[tuple[int, bytes], int], Iterator[tuple[Any, ...]]]
Transaction = Callable[[Rows], None]


@contextmanager
def bare(url: str, synchronous: str) -> Iterator[Transaction]:
    """Takes a function from (position, link) and version to rows; writes what it gives in one transaction."""
    opened = bare_sqlite if url.startswith("sqlite") else bare_postgresql
    with opened(url, synchronous) as transaction:
        yield transaction


@contextmanager
def bare_sqlite(url: str, synchronous: str) -> Iterator[Transaction]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as db:
        db.execute(f"PRAGMA synchronous={synchronous}")

        def transaction(rows: Rows) -> None:
            db.execute("BEGIN IMMEDIATE")
            head = db.execute("SELECT position, link FROM log_head").fetchone()
            made = list(rows(head, db.execute(VERSION).fetchone()[0]))
            db.executemany(INSERT, made)
            db.execute("UPDATE log_head SET position = ?, link = ?", (made[-1][0], made[-1][-1]))
            db.execute("COMMIT")

        yield transaction


@contextmanager
def bare_postgresql(url: str, synchronous: str) -> Iterator[Transaction]:
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
        options="-c TimeZone=UTC " + _commits(synchronous),
    ) as db:
        insert = INSERT.replace("?", "%s")

        def transaction(rows: Rows) -> None:
            cursor = db.cursor()
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(1)")
            head = cursor.execute("SELECT position, link FROM log_head").fetchall()[0]
            made = list(rows(head, cursor.execute(VERSION).fetchall()[0][0]))
            cursor.executemany(insert, made)
            cursor.execute("UPDATE log_head SET position = %s, link = %s", (made[-1][0], made[-1][-1]))
            cursor.execute("COMMIT")

        yield transaction


class Session(Aggregate):
    @event("Ranked")
    def rank(self, about: str, model: str, ranking: Any) -> None:
        self.last = about


def eventsourcing(url: str, synchronous: str, count: int, size: int) -> None:
    """One aggregate, saved with `size` new events at a time."""
    application = Application[UUID](env=environment(url))
    session = Session()
    for _ in range(0, count, size):
        for _ in range(size):
            session.rank(**FIELDS)
        application.save(session)
    application.close()


def environment(url: str) -> dict[str, str]:
    if url.startswith("sqlite"):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": url.removeprefix("sqlite:///") + ".es",
        }
    parsed = make_url(url)
    host = parsed.query.get("host", parsed.host)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parsed.database),
        "POSTGRES_HOST": str(host),
        "POSTGRES_PORT": str(parsed.port or 5432),
        "POSTGRES_USER": str(parsed.username),
        "POSTGRES_PASSWORD": str(parsed.password or "none"),
    }


@contextmanager
def fresh(server: str) -> Iterator[str]:
    """A new database of ours: in a file, or on the server."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        if not server:
            url = f"sqlite:///{folder}/bench.db"
            upgrade(url, keys=KEYS)
            yield url
            return
        name = f"bench_{uuid_utils.uuid4().hex}"
        engine = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            try:
                url = make_url(server).set(database=name).render_as_string(hide_password=False)
                upgrade(url, keys=KEYS)
                yield url
            finally:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def rate(write: Write, server: str, synchronous: str, count: int, size: int) -> float:
    """Events per second into a new database."""
    with fresh(server) as url:
        started = time.perf_counter()
        write(url, synchronous, count, size)
        return count / (time.perf_counter() - started)


def main(server: str = "") -> None:
    table = Table(
        "database",
        "events per append",
        "log, events/s",
        "of rows",
        "of promises",
        "× eventsourcing",
        title="append",
    )
    kinds = [("SQLite FULL", "", "FULL"), ("SQLite NORMAL", "", "NORMAL")]
    if server:
        kinds.append(("PostgreSQL", server, "ON"))
    for kind, where, synchronous in kinds:
        for size in (1, 5, 1_000):
            count = min(60_000, 3_000 * size)
            peers: list[Write] = [through_the_log, finished_rows, same_promises]
            peers += [eventsourcing] if size < 1_000 and synchronous != "NORMAL" else []
            rounds = [
                [
                    rate(write, where, synchronous, count // (4 if write is eventsourcing else 1), size)
                    for write in peers
                ]
                for _ in range(3)
            ]
            ours, *others = (median(each) for each in zip(*rounds, strict=True))
            ratios = [f"{ours / other:.2f}" for other in others] + [""] * (3 - len(others))
            table.add_row(kind, f"{size:,}", f"{ours:,.0f}", *ratios)
    Console().print(table)
    Console().print(_together(server))


def _together(server: str) -> Table:
    """Many threads that append one event, or a turn of 5, at a time."""
    table = Table(
        "database",
        "producers",
        "events per append",
        "log, events/s",
        "× eventsourcing",
        title="producers at once",
    )
    for kind, where in [("SQLite FULL", ""), *([("PostgreSQL", server)] if server else [])]:
        for producers, size in product((1, 8, 64), (1, 5)):
            count = 6_400 * size
            rounds = [
                [
                    rate(partial(write, producers), where, "FULL", count, size)
                    for write in (log_at_once, es_at_once)
                ]
                for _ in range(3)
            ]
            ours, theirs = (median(each) for each in zip(*rounds, strict=True))
            table.add_row(kind, str(producers), str(size), f"{ours:,.0f}", f"{ours / theirs:.2f}")
    return table


def log_at_once(producers: int, url: str, synchronous: str, count: int, size: int) -> None:
    log = SqlLog(database(url, synchronous), KEYS.load())

    def produce(number: int) -> None:
        for start in range(0, count // producers, size):
            log.append(f"session/{number}", [EVENT] * size, expected_version=start, actor="bot")

    _at_once(produce, producers)
    log.database.close()


def es_at_once(producers: int, url: str, synchronous: str, count: int, size: int) -> None:
    application = Application[UUID](env=environment(url))

    def produce(number: int) -> None:
        session = Session()
        for _ in range(0, count // producers, size):
            for _ in range(size):
                session.rank(**FIELDS)
            application.save(session)

    _at_once(produce, producers)
    application.close()


def _at_once(produce: Callable[[int], None], producers: int) -> None:
    with ThreadPoolExecutor(producers) as pool:
        for _ in pool.map(produce, range(producers)):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
