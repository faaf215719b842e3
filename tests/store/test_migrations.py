"""Upgrades from every earlier schema, with data in it, on both databases: all is kept, or nothing done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, insert, text
from sqlmodel import SQLModel

from recorder.cli import main
from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, UpgradeRefused
from recorder.events.codec import decode
from recorder.events.session import UserUttered
from recorder.packaged import packaged
from recorder.read_models.catching_up import ReadModels
from recorder.store import schema
from recorder.store.sql import SqlLog, open_log
from recorder.store.tables import is_compared
from tests.faults.processes import Processes
from tests.golden import keep
from tests.postgres import KEYS

SCRIPTS = ScriptDirectory(str(packaged("migrations")))
REVISIONS = sorted(script.revision for script in SCRIPTS.walk_revisions())
DUMPS = keep.databases()
LATE = "0002"
"""The last schema in which events name their stream; from there on the log itself can read them."""


def told(database: Path) -> list[tuple[Any, ...]]:
    """What an old database says, row by row."""
    columns = "stream, version, position, id, actor, type, occurred_at, recorded_at, payload"
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(f"SELECT {columns} FROM events ORDER BY position").fetchall()
    return [(*row[:6], *map(_time, row[6:8]), decode(row[5], row[8])) for row in rows]


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def said(log: SqlLog) -> list[tuple[Any, ...]]:
    """The same, of the log."""
    return [
        (r.stream, r.version, r.position, r.id, r.actor, r.type, r.occurred_at, r.recorded_at, r.event)
        for r in log.read_all()
    ]


def content(url: str) -> list[tuple[Any, ...]]:
    log = open_log(url, keys=KEYS)
    try:
        for stream in log.streams():
            assert [row.version for row in log.read(stream)] == [*range(log.version(stream))]
        found = said(log)
        assert log.position() == len(found)
        return found
    finally:
        log.database.close()


def starts() -> Iterator[Any]:
    """Each dump, upgraded in one go and by way of each schema between."""
    for revision in DUMPS:
        for over in REVISIONS:
            if over >= revision:
                yield pytest.param(revision, over, id=f"{revision}-{over}")


@pytest.mark.parametrize(("revision", "over"), [*starts()])
def test_every_schema_is_upgraded_and_every_event_is_as_it_was(
    tmp_path: Path, revision: str, over: str
) -> None:
    file = keep.restored(DUMPS[revision], tmp_path / "old.db")
    url = f"sqlite:///{file}"
    before = told(file) if revision <= LATE else None

    schema.upgrade(url, to=over, keys=KEYS)
    assert schema.upgrade(url, keys=KEYS).before == over

    after = content(url)
    assert before is None or after == before
    assert len(after) >= 90
    assert_ready(url)


@pytest.mark.parametrize("over", [revision for revision in REVISIONS if revision <= LATE])
@pytest.mark.parametrize("partitions", [0, 3])
def test_every_schema_is_upgraded_on_a_server_too(
    empty_postgres_url: str, tmp_path: Path, over: str, partitions: int
) -> None:
    old = keep.restored(DUMPS["0001"], tmp_path / "old.db")
    schema.upgrade(empty_postgres_url, to="0001", keys=KEYS)
    fill(empty_postgres_url, old)

    schema.upgrade(empty_postgres_url, to=over, keys=KEYS)
    assert schema.upgrade(empty_postgres_url, keys=KEYS, partitions=partitions).before == over

    assert content(empty_postgres_url) == told(old)
    assert_ready(empty_postgres_url, partitioned=bool(partitions))


def fill(url: str, old: Path) -> None:
    """Write into a server's database at 0001 what a file says."""
    names = ("stream", "version", "position", "id", "actor", "type", "occurred_at", "recorded_at")
    with closing(sqlite3.connect(old)) as connection:
        payloads = [payload for (payload,) in connection.execute("SELECT payload FROM events")]
    rows = [
        {**dict(zip(names, row, strict=False)), "payload": payload}
        for row, payload in zip(told(old), payloads, strict=True)
    ]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(Table("events", MetaData(), autoload_with=connection)), rows)
    engine.dispose()


def assert_ready(url: str, *, partitioned: bool = False) -> None:
    """It can be written to, its lists can be made, and its tables are those of the program."""
    log = open_log(url, keys=KEYS)
    log.append("session/new", [UserUttered("hi")])
    assert ReadModels(log.engine, log).catch_up() == log.position()
    with log.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_compared}
        )
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == [] or partitioned  # which has tables and wider keys of its own
    log.database.close()


DAMAGE = {
    "a gap": ("DELETE FROM events WHERE position = 5", "not numbered from 0 without gaps"),
    "a stream that is gone": ("DELETE FROM events WHERE stream LIKE 'review/a%'", r"event \d+ is missing"),
    "the last event is gone": ("DELETE FROM events WHERE position = 180", "180 events were written, 179 are"),
    "a version twice": ("UPDATE events SET version = 3 WHERE position = 5", "is there twice"),
    "an id twice": ("UPDATE events SET id = '0001-001' WHERE position = 5", "is there twice"),
    "a time that is none": ("UPDATE events SET recorded_at = 'soon' WHERE position = 5", "is damaged"),
    "a payload that is none": ("UPDATE events SET payload = x'ff' WHERE position = 5", "is damaged"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_a_log_that_has_lost_something_is_not_upgraded_and_stays_as_it_is(
    tmp_path: Path, damage: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.db"
    sql = DUMPS["0001"].read_text().replace("UNIQUE (id)", "CHECK (1)")
    sql = sql.replace("UNIQUE (stream, version)", "CHECK (1)")
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(sql)
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER events_keep_{name}")
        connection.execute(damage)
        connection.execute("CREATE TRIGGER events_keep_update BEFORE UPDATE ON events BEGIN SELECT 1; END")
        connection.execute("CREATE TRIGGER events_keep_delete BEFORE DELETE ON events BEGIN SELECT 1; END")
        connection.commit()
        before = [*connection.iterdump()]

    assert main(["init", "--database", f"sqlite:///{file}"]) == 1

    complaint = capsys.readouterr().err
    assert complaint.startswith("recorder: The database cannot be upgraded: ") and complaint.count("\n") == 1
    with pytest.raises(UpgradeRefused, match=reason):
        schema.upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        assert [*connection.iterdump()] == before


def test_a_log_on_a_server_that_has_lost_something_stays_as_it_is(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    schema.upgrade(empty_postgres_url, to="0001", keys=KEYS)
    fill(empty_postgres_url, keep.restored(DUMPS["0001"], tmp_path / "old.db"))
    engine = create_engine(empty_postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE stream LIKE 'review/a%'"))

    with pytest.raises(UpgradeRefused, match="is missing"):
        schema.upgrade(empty_postgres_url, keys=KEYS)

    assert schema.current(empty_postgres_url) == "0001"
    with engine.connect() as connection:
        left = connection.execute(text("SELECT count(*) FROM events")).scalar()
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert left and {name for (name,) in tables} == {"alembic_version", "events"}
    engine.dispose()


def test_an_upgrade_needs_no_more_memory_for_a_longer_log(tmp_path: Path, processes: Processes) -> None:
    def grown(streams: int) -> float:
        file = keep.restored(DUMPS["0001"], tmp_path / f"{streams}.db")
        with closing(sqlite3.connect(file)) as connection:
            connection.executemany(
                "INSERT INTO events SELECT 180 + :n, 's' || :n, 0, 'n' || :n, type, occurred_at, "
                "recorded_at, actor, payload FROM events WHERE position = 1",
                ({"n": number} for number in range(1, streams + 1)),
            )
            connection.commit()
        return float(processes.run("tests.faults.actions:grow_by_upgrade", f"sqlite:///{file}").said)

    assert grown(8_000) - grown(1_000) < 6  # of the 20 that the rows alone would take


@pytest.mark.parametrize("found", ["0000", "0002b", "00021", "2b2566d9c5d3"])
def test_a_schema_that_nobody_knows_is_named_and_left_alone(
    url: str, database: Path, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))

    for refused in (schema.upgrade, open_log):
        with pytest.raises((DatabaseUnusable, DatabaseOutOfDate)):
            refused(url)
    assert main(["init", "--database", url]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_schema_table_with_no_row_or_two_is_no_schema_of_ours(url: str, database: Path) -> None:
    for change in ("INSERT INTO alembic_version VALUES ('0001')", "DELETE FROM alembic_version"):
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute(change)

        for refused in (schema.upgrade, open_log):
            with pytest.raises(DatabaseUnusable, match="alembic_version"):
                refused(url)
