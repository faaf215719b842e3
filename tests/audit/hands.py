"""A log with something in it, and hands that change it past its triggers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, text, update

from recorder.audit.checkpoints import make_checkpoint
from recorder.audit.evidence import Finding
from recorder.audit.stored_rows import canonical, leaf_at
from recorder.audit.verifying import Options, Report, verify
from recorder.events.bookkeeping import CheckpointMade
from recorder.events.review import StepConfirmed
from recorder.events.session import ActionExecuted, UserUttered
from recorder.store.chain import FIRST, link_of
from recorder.store.database import Row
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog
from recorder.store.statements import EVENTS, HEAD, STREAMS
from tests.postgres import KEYS


@dataclass
class World:
    url: str
    log: SqlLog
    keys: KeySource | None

    def verify(self, *outside: CheckpointMade, **options: Any) -> Report:
        checkpoints = {f"kept{number}.json": each for number, each in enumerate(outside)}
        return verify(self.url, self.keys, Options(checkpoints, **options))

    def checkpoint(self) -> CheckpointMade:
        record = make_checkpoint(self.log)
        assert record is not None and isinstance(record.event, CheckpointMade)
        return record.event

    @contextmanager
    def unguarded(self) -> Iterator[Connection]:
        """A transaction in which no trigger is in the way; they are there again afterwards."""
        with self.log.engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "sqlite":
                triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                there = connection.exec_driver_sql(triggers).all()
                for name, _ in there:
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
                yield connection
                for _, definition in there:
                    connection.exec_driver_sql(definition)
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                yield connection

    def run(self, *statements: str) -> None:
        with self.unguarded() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def set(self, table: Table, key: object, **values: object) -> None:
        """Values of the row with this key."""
        (primary,) = table.primary_key.columns
        named = {table.c[name]: value for name, value in values.items()}
        with self.unguarded() as connection:
            assert connection.execute(update(table).where(primary == key).values(named)).rowcount == 1

    def get(self, table: Table) -> list[dict[str, Any]]:
        with self.log.engine.connect() as connection:
            return [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]

    def rehash(self, *, stream: int | None = None) -> None:
        """What a forger would do who knows the chain: compute links anew, of one stream or of all."""
        digests = {row["id"]: row["digest"] for row in self.get(STREAMS)}
        with self.unguarded() as connection:
            rows = raw(connection)
            before, link = FIRST, FIRST
            for row in rows:
                before, link = link, row[10]
                if stream in (None, row[1]):
                    link = link_of(before, leaf_at(row, row[0], None if row[2] else digests[row[1]]))
                    place = EVENTS.c.position == row[0]
                    connection.execute(update(EVENTS).where(place).values(link=link))
            connection.execute(update(HEAD).values(position=len(rows), link=link))


def raw(connection: Connection) -> list[Row]:
    """The rows of the events, with times as the chain has them."""
    found = connection.exec_driver_sql("SELECT * FROM events ORDER BY position").all()
    return canonical([tuple(row) for row in found])


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    """Twenty-four events in five streams, interleaved."""
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("url" if is_sqlite else "postgres_url")
    log = request.getfixturevalue("sql_log" if is_sqlite else "postgres_log")
    return filled(World(url, log, None if is_sqlite else KEYS))


def filled(world: World) -> World:
    for number in range(6):
        world.log.append(
            "session/a", [UserUttered(f"hello {number}"), ActionExecuted("utter_greet")], actor="bot"
        )
        if number % 2:
            world.log.append("session/b", [UserUttered(f"other {number}")], actor="bot")
        else:
            world.log.append("review/a/ann", [StepConfirmed(f"s{number}", made_on=0)], actor="ann")
    world.log.append("model/m", [UserUttered(f"in the clear {number}") for number in range(3)])
    world.log.append("session/c", [UserUttered("a"), UserUttered("b"), UserUttered("c")], actor="bot")
    assert world.log.position() == 24
    return world


def first(report: Report, *checks: str) -> Finding:
    """The first finding of these checks, by position."""
    found = [each for each in report.findings if each.check in checks]
    assert found, report.findings
    return min(found, key=lambda each: each.position or 0)
