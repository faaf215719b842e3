"""The database's schema: made, upgraded, compared with the tables, never forced on strangers."""

from __future__ import annotations

import sqlite3
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable
from recorder.events.session import UserUttered
from recorder.store import schema
from recorder.store.sql import SqlLog, open_log
from recorder.store.tables import REVISION, is_compared


def test_the_migrations_make_what_the_tables_say(sql_log: SqlLog) -> None:
    with sql_log.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_compared}
        )

        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_program_needs_the_latest_migration() -> None:
    assert schema.head() == REVISION


def test_a_new_database_is_made_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    made = schema.Upgrade(f"{tmp_path}/new.db", None, REVISION, tmp_path / "new.db.key")
    assert schema.upgrade(url) == made
    assert schema.upgrade(url) == schema.Upgrade(f"{tmp_path}/new.db", REVISION, REVISION)
    assert schema.current(url) == REVISION


def test_an_upgrade_keeps_the_log(url: str) -> None:
    log = open_log(url)
    rows = log.append("session/a", [UserUttered("hi")])

    schema.upgrade(url)

    assert log.read("session/a") == rows
    log.engine.dispose()


def test_every_older_schema_can_be_upgraded(tmp_path: Path) -> None:
    for number in range(1, int(REVISION)):
        url = f"sqlite:///{tmp_path}/{number}.db"
        schema.upgrade(url, to=f"{number:04}")
        with pytest.raises(DatabaseOutOfDate, match="recorder init"):
            open_log(url)

        assert schema.upgrade(url).before == f"{number:04}"
        open_log(url).engine.dispose()


def test_two_that_make_it_at_once_both_succeed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(schema.upgrade, [url] * 4))

    assert {upgrade.after for upgrade in done} == {REVISION}
    open_log(url).engine.dispose()


def test_a_folder_that_is_missing_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=f"there is no folder {tmp_path}/no"):
        schema.upgrade(f"sqlite:///{tmp_path}/no/new.db")

    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    "tables", [["events"], ["alembic_version", "conversation"], ["alembic_version", "events"]]
)
def test_the_database_of_another_program_is_left_alone(tmp_path: Path, tables: list[str]) -> None:
    file = tmp_path / "rasa.db"
    with closing(sqlite3.connect(file)) as connection:
        for name in tables:
            connection.execute(f"CREATE TABLE {name} AS SELECT '2b2566d9c5d3' AS version_num")
        connection.commit()
    before = file.read_bytes()

    with pytest.raises(DatabaseUnusable, match="belongs to another program"):
        schema.upgrade(f"sqlite:///{file}")

    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_newer_database_is_left_alone(url: str, database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseOutOfDate, match="Update the program"):
        schema.upgrade(url)


def test_upgrading_warns_of_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema.upgrade(f"sqlite:///{tmp_path}/100% new.db".replace("%", "%25"))

    assert (tmp_path / "100% new.db").exists()
