"""Opens the database file, and says in words of ours what the driver says in its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from recorder.errors import DatabaseUnusable

BUSY_TIMEOUT: Final = 10.0
"""Seconds to wait for other writers."""

_OURS: Final = {"alembic_version": "version_num", "events": "stream"}
"""Tables of ours, each with a column by which it is known."""
_EXAMPLE: Final = "Write it as sqlite:///recorder.db."
DAMAGED: Final = ("the file is damaged", "Restore it from a copy.")
_BUSY = ("another program keeps it locked", "Try again when that one is done.")
_RIGHTS = "Check the rights of the file, of its -wal and -shm beside it, and of the folder."
_READ_ONLY = ("it is read-only", _RIGHTS)
REASONS: Final = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", _RIGHTS),
    sqlite3.SQLITE_NOTADB: ("it is not an SQLite database", ""),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_FULL: ("the disk is full", "Nothing more was written; make room and try again."),
    sqlite3.SQLITE_IOERR: ("the disk failed", "Nothing was acknowledged."),
    sqlite3.SQLITE_TOOBIG: ("an event is larger than SQLite takes", ""),
}


def database_file(url: str) -> Path:
    """The file that an SQLAlchemy URL names.

    Raises:
        DatabaseUnusable: no URL, no SQLite, no file, or more than a file. No password is ever in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        # Where nothing can be told apart, a password cannot either: the text is not repeated.
        raise DatabaseUnusable("the database", "its name is no database URL", _EXAMPLE) from None
    shown = make_url(url.encode(errors="replace").decode()).set(query={}).render_as_string(hide_password=True)
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseUnusable(shown, "only SQLite is supported", _EXAMPLE)
    if parsed.database in (None, "", ":memory:") or "\0" in str(parsed.database):
        raise DatabaseUnusable(shown, "it names no file", _EXAMPLE)
    if parsed != URL.create(parsed.drivername, database=parsed.database):
        raise DatabaseUnusable(shown, "a file has no host, no user and no options", _EXAMPLE)
    return Path(str(parsed.database))


def file_url(file: Path) -> str:
    """The URL that names a file, whatever characters its name has."""
    return f"sqlite:///{file}".replace("%", "%25").replace("?", "%3F")


def open_database(file: Path, *, create: bool = False) -> Engine:
    """An engine whose connections any thread may use.

    What is committed survives the loss of power. The driver's own connections are in autocommit;
    SQLAlchemy's begin a transaction: one that will write needs `execution_options(writes=True)`.

    Raises:
        DatabaseUnusable: there is no such file and `create` is not set, or no such folder.
    """
    if not file.parent.is_dir():
        raise DatabaseUnusable(str(file), f"there is no folder {file.parent}", "Make it first.")
    if file.is_dir():
        raise DatabaseUnusable(str(file), "it is a folder", "Name a file in it.")
    if not create and not file.exists():
        raise DatabaseUnusable(str(file), "there is no such file", "Run `recorder init` to make it.")
    address = f"file:{quote(os.fsencode(file))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # Writers lock at once: a transaction that reads first and writes later cannot wait for another writer.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def revision(connection: Connection, name: str) -> str | None:
    """The schema that the database has; None: it is empty.

    Raises:
        DatabaseUnusable: it has tables, but they are not ours.
    """
    known = inspect(connection)
    tables = known.get_table_names()
    if not tables:
        return None
    columns = {table: {one["name"] for one in known.get_columns(table)} for table in _OURS if table in tables}
    if all(column in columns.get(table, ()) for table, column in _OURS.items()):
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
        if found.isdecimal():
            return found
    raise DatabaseUnusable(name, "it belongs to another program", "Choose another file for the log.")


@contextmanager
def translated(database: str) -> Iterator[None]:
    """The driver's errors become DatabaseUnusable; those that mean a mistake of ours stay as they are."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        driver = error.orig if isinstance(error, DBAPIError) else error
        found = REASONS.get(getattr(driver, "sqlite_errorcode", -1) & 0xFF)
        if isinstance(driver, sqlite3.OperationalError) and not hasattr(driver, "sqlite_errorcode"):
            found = DAMAGED  # not SQLite but the driver says so: a text is no text
        if found is None:
            raise
        raise DatabaseUnusable(database, *found) from error
    except UnicodeDecodeError as error:  # the driver's messages quote the file
        raise DatabaseUnusable(database, *DAMAGED) from error
