"""What the database itself adds: other processes, power and disks that fail, hands that tamper."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.store import sqlite as databases
from recorder.store.database import file_url
from recorder.store.sql import SqlLog, open_log

HI = UserUttered("hi")
WRITER = Path(__file__).with_name("writer.py")


@contextmanager
def driver(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
        yield connection


def writer(url: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), url, *arguments]
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )


_REPLACE = (
    "INSERT OR REPLACE INTO events "
    "SELECT {}, type, 1, occurred_at, recorded_at, actor, '{{}}', link FROM events"
)
TAMPERING = [
    "UPDATE events SET payload = '{}'",
    "UPDATE events SET position = 7",
    "DELETE FROM events",
    _REPLACE.format("position, stream, 7, 'e7'"),
    _REPLACE.format("7, stream, 7, id"),
    _REPLACE.format("7, stream, version, 'e7'"),
]


@pytest.mark.parametrize("statement", TAMPERING)
def test_the_database_itself_refuses_to_change_what_is_written(
    sql_log: SqlLog, database: Path, statement: str
) -> None:
    before = sql_log.append("session/a", [NewEvent(HI, "e1")])

    with driver(database) as connection, pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute(statement)

    assert sql_log.read("session/a") == before


def test_what_is_acknowledged_is_flushed_to_disk_and_readers_do_not_wait(
    sql_log: SqlLog, database: Path
) -> None:
    with sql_log.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    with driver(database) as other:
        other.execute("BEGIN IMMEDIATE")

        assert sql_log.read("session/a") == []


def test_a_log_opened_again_has_everything(sql_log: SqlLog, url: str) -> None:
    written = sql_log.append("session/a", [HI, NewEvent(HI, "e1")], actor="ann")

    again = open_log(url)

    assert again.read("session/a") == written
    assert again.append("session/a", [HI])[0].version == 2
    again.engine.dispose()


def test_processes_that_write_at_once_leave_no_gap_and_lose_nothing(sql_log: SqlLog, url: str) -> None:
    processes = [writer(url, f"session/{name}", "40") for name in "abc"]

    said = [process.communicate(timeout=60)[0].split() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [len(ids) for ids in said] == [40, 40, 40]
    rows = list(sql_log.read_all())
    assert [row.position for row in rows] == list(range(1, 3 * 40 * 3 + 1))
    assert [row.version for row in sql_log.read("session/common")] == list(range(3 * 40 * 2))


def test_a_reader_that_follows_positions_misses_nothing(sql_log: SqlLog, url: str) -> None:
    process, seen = writer(url, "session/a", "60"), list[int]()
    while process.poll() is None:
        seen += [row.position for row in sql_log.read_all(after=seen[-1] if seen else 0)]
    seen += [row.position for row in sql_log.read_all(after=seen[-1] if seen else 0)]
    process.communicate()

    assert seen == list(range(1, 60 * 3 + 1))


@pytest.mark.parametrize("attempt", range(5))
def test_what_a_killed_writer_was_told_is_there(sql_log: SqlLog, url: str, attempt: int) -> None:
    process = writer(url, "session/a")
    assert process.stdout
    first = process.stdout.readline()
    time.sleep(0.01 * attempt)
    process.send_signal(signal.SIGKILL)
    acknowledged = (first + process.communicate()[0]).split("\n")[:-1]

    stored = [row.id for row in sql_log.read("session/a")]

    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) <= len(acknowledged) + 1
    assert len(sql_log.read("session/common")) % 2 == 0


def test_a_database_that_is_locked_for_long_is_reported(
    url: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT", 0.05)
    log = open_log(url)
    with driver(database) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnusable, match=r"recorder\.db: another program keeps it locked"):
            log.append("session/a", [HI])

    assert log.append("session/a", [HI])[0].version == 0
    log.engine.dispose()


def test_a_full_disk_is_reported_and_nothing_is_half_written(sql_log: SqlLog) -> None:
    sql_log.append("session/a", [HI])
    with sql_log.database.appending() as writer:
        ((pages,),) = writer.rows([("PRAGMA page_count", {})])[0]
        writer.run([(f"PRAGMA max_page_count = {pages}", {})])

    with pytest.raises(DatabaseUnusable, match="the disk is full"):
        sql_log.append("session/a", [HI, UserUttered("x" * 100_000)])

    assert [row.event for row in sql_log.read("session/a")] == [HI]
    assert sql_log.append("session/a", [HI])[0].version == 1


def test_a_read_only_database_can_be_read_and_says_why_it_cannot_be_written(sql_log: SqlLog) -> None:
    with sql_log.database.appending() as writer:
        writer.run([("PRAGMA query_only = ON", {})])

    assert sql_log.read("session/a") == []
    with pytest.raises(DatabaseUnusable, match="it is read-only"):
        sql_log.append("session/a", [HI])


def test_opening_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"no such file.*recorder init"):
        open_log(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(DatabaseUnusable, match="there is no folder"):
        open_log(f"sqlite:///{tmp_path}/no/none.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("recorder.db", "no database URL"),
        ("mysql://me:secret@host/db", "only SQLite and PostgreSQL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////", "is a folder"),
        ("sqlite:///recorder.db?mode=ro", "no options"),
        ("sqlite://me:secret@host/recorder.db", "no host"),
        ("sqlite://me:secret@/recorder.db", "no user"),
        ("postgresql://me:secret@host:port/db", "no database URL"),
        ("mysql://host/db?password=secret", "only SQLite and PostgreSQL"),
        ("postgres//me:secret@host/db", "no database URL"),
    ],
)
def test_an_address_that_names_no_database_file_is_explained(url: str, reason: str) -> None:
    with pytest.raises(DatabaseUnusable, match=reason) as caught:
        open_log(url)

    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but quite long enough to be looked at as if it were one" * 20)

    with pytest.raises(DatabaseUnusable, match="not an SQLite database"):
        open_log(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("column", "value"), [("payload", "x'ff'"), ("payload", "'{'"), ("occurred_at", "'?'")]
)
def test_a_damaged_event_is_called_damaged(url: str, database: Path, column: str, value: str) -> None:
    log = open_log(url)
    log.append("session/a", [HI])
    with driver(database) as connection:
        connection.execute("DROP TRIGGER events_keep_update")
        connection.execute(f"UPDATE events SET {column} = CAST({value} AS TEXT)")

    with pytest.raises(DatabaseUnusable, match="the file is damaged"):
        _ = [(row.event, row.occurred_at) for row in log.read("session/a")]
    log.engine.dispose()


def test_the_database_of_another_program_is_told_apart(tmp_path: Path) -> None:
    with driver(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE alembic_version AS SELECT '0002' AS version_num")
        connection.execute("CREATE TABLE events (id)")

    with pytest.raises(DatabaseUnusable, match="belongs to another program"):
        open_log(f"sqlite:///{tmp_path}/other.db")


def test_a_database_without_a_schema_sends_the_user_to_init(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    with pytest.raises(DatabaseOutOfDate, match=r"has no schema yet.*recorder init"):
        open_log(f"sqlite:///{tmp_path}/empty.db")


@pytest.mark.parametrize(("found", "advice"), [("0000", "recorder init"), ("9999", "Update the program")])
def test_a_database_of_another_age_is_refused(url: str, database: Path, found: str, advice: str) -> None:
    with driver(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))

    with pytest.raises(DatabaseOutOfDate, match=advice):
        open_log(url)


def test_a_path_may_hold_any_character(database: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode("a b?mode=ro#é%20&c".encode() + b"\xff.db")
    database.rename(odd)
    database.with_name("recorder.db.key").rename(odd.with_name(odd.name + ".key"))

    log = open_log(file_url(odd))

    assert log.append("session/a", [HI])
    log.engine.dispose()


class Interrupted:
    """A database in which something happens between two queries of one read, once."""

    def __init__(self, database: Any, then: Callable[[], object]) -> None:
        self._database, self._then = database, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def read(self, queries: Sequence[Any]) -> list[Any]:
        found = []
        for query in queries:
            found += self._database.read([query])
            then, self._then = self._then, lambda: None
            then()
        return found


def test_a_stream_that_begins_while_it_is_read_is_no_damage(sql_log: SqlLog) -> None:
    interrupted: Any = Interrupted(sql_log.database, lambda: sql_log.append("session/a", [HI]))

    assert [row.event for row in SqlLog(interrupted, sql_log.keys).read("session/a")] == [HI]
