"""The triggers that a verification looks for are those that the migrations make."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from recorder.audit.stored_rows import StoredRows
from recorder.audit.triggers import found, missing, wanted
from recorder.store.database import open_database
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog
from tests.audit.hands import World
from tests.postgres import KEYS, Databases


def test_a_migrated_database_has_those_that_there_must_be_and_no_others(any_sql_log: SqlLog) -> None:
    rows = StoredRows(any_sql_log.database)

    assert found(rows) == wanted(rows)


def test_partitions_have_them_too(databases: Databases) -> None:
    with databases.new() as url:
        upgrade(url, keys=KEYS, partitions=2)
        database = open_database(url)
        rows = StoredRows(database)
        assert found(rows) == wanted(rows)

        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE events_001 DISABLE TRIGGER events_keep_update"))

        assert missing(rows) == ["events_001.events_keep_update"]
        database.close()


def test_a_trigger_that_is_gone_or_does_nothing_is_found(world: World) -> None:
    if world.log.engine.dialect.name == "sqlite":
        changes = {
            "events_keep_update": ["DROP TRIGGER events_keep_update"],
            "log_head_keep_update": [
                "DROP TRIGGER log_head_keep_update",
                "CREATE TRIGGER log_head_keep_update BEFORE UPDATE ON log_head BEGIN SELECT 1; END",
            ],
        }
    else:
        changes = {
            "events.events_keep_update": ["DROP TRIGGER events_keep_update ON events"],
            "streams.streams_keep_delete": ["ALTER TABLE streams DISABLE TRIGGER streams_keep_delete"],
            "log_head.log_head_keep_delete": [
                "ALTER TABLE log_head ENABLE REPLICA TRIGGER log_head_keep_delete"
            ],
        }
    for name, statements in changes.items():
        with world.log.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        report = world.verify()
        assert any(name in each.what for each in report.findings if each.check == "trigger")


def test_a_function_of_the_triggers_that_refuses_nothing_is_found(postgres_log: SqlLog) -> None:
    with postgres_log.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION log_keep() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN RETURN NEW; END $$"
            )
        )

    rows = StoredRows(postgres_log.database)
    assert set(missing(rows)) == set(wanted(rows))


def test_an_empty_log_is_right(any_sql_log: SqlLog, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    is_sqlite = any_sql_log.engine.dialect.name == "sqlite"
    url = request.getfixturevalue("url" if is_sqlite else "postgres_url")

    report = World(url, any_sql_log, None if is_sqlite else KEYS).verify(deep=True)

    assert report.is_right
    assert report.events == 0
