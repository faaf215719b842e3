"""What was said is in no column of the database in clear, and opens nowhere but where it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.errors import DatabaseUnusable, KeyUnusable
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog, open_log

WORDS = "my number is 4711"


def run(log: SqlLog, *statements: str) -> None:
    """As somebody with all rights would, triggers taken away."""
    with log.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_no_file_of_the_database_holds_what_was_said(sql_log: SqlLog, tmp_path: Path) -> None:
    sql_log.append("session/a", [UserUttered(WORDS, {"text": WORDS})])

    assert all(WORDS.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    sql_log.database.close()
    assert all(WORDS.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_no_row_on_a_server_holds_what_was_said(postgres_log: SqlLog) -> None:
    postgres_log.append("session/a", [UserUttered(WORDS, {"text": WORDS})])

    with postgres_log.engine.connect() as connection:
        for table in ("events", "streams", "stream_keys"):
            found = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert found
            assert WORDS.encode() not in b"".join(
                bytes(cell) for row in found for cell in row if isinstance(cell, bytes)
            )


def test_a_payload_that_was_moved_to_another_event_does_not_open(sql_log: SqlLog) -> None:
    sql_log.append("session/a", [NewEvent(UserUttered("yes"), "e1"), NewEvent(UserUttered("no"), "e2")])
    run(
        sql_log,
        "DROP TRIGGER events_keep_update",
        "UPDATE events SET payload = (SELECT payload FROM events WHERE id = 'e1') WHERE id = 'e2'",
    )

    first, second = sql_log.read("session/a")
    assert first.event == UserUttered("yes")
    with pytest.raises(DatabaseUnusable):
        _ = second.event


def test_a_key_that_was_moved_to_another_stream_does_not_open(url: str) -> None:
    log = open_log(url)
    log.append("session/a", [UserUttered("yes")])
    log.append("session/b", [UserUttered("no")])
    run(
        log,
        "UPDATE stream_keys SET wrapped = (SELECT wrapped FROM stream_keys WHERE stream = 1)",
    )
    log.database.close()

    other = open_log(url)
    with pytest.raises(KeyUnusable):
        _ = other.read("session/b")[0].event
    other.database.close()


def test_whoever_has_the_database_without_the_master_key_cannot_open_it(
    database: Path, sql_log: SqlLog
) -> None:
    sql_log.append("session/a", [UserUttered(WORDS)])
    stranger = database.with_name("stranger.key")
    KeySource(file=stranger).make()

    with pytest.raises(KeyUnusable):
        open_log(f"sqlite:///{database}", keys=KeySource(file=stranger))
    database.with_name(f"{database.name}.key").unlink()
    with pytest.raises(KeyUnusable):
        open_log(f"sqlite:///{database}")
