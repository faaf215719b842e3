"""A database as the log needs it, whichever it is: how it is named, read, appended to, and waited for.

The log runs SQL on the driver's own connections; everything else uses the engine.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from sqlalchemy import URL, Connection, Engine, inspect, make_url, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError

from recorder.errors import DatabaseUnusable

BUSY_TIMEOUT: Final = 10.0
"""Seconds to wait for other writers."""

Query = tuple[str, Mapping[str, object]]
"""SQL with named parameters, and their values."""
Row = tuple[Any, ...]

_OURS: Final = {"alembic_version": "version_num", "events": "stream"}
"""Tables of ours, each with a column by which it is known."""
_EXAMPLE: Final = "Write it as sqlite:///recorder.db or postgresql+psycopg://user@host/name."
_RESTORE: Final = "Run `recorder doctor`; restore it from a backup."
DAMAGED: Final = ("the file is damaged", _RESTORE)
_BUSY = ("another program keeps it locked", "Try again when that one is done.")
_RIGHTS = "Check the rights of the file, of its -wal and -shm beside it, and of the folder."
_READ_ONLY = ("it is read-only", _RIGHTS)
_FULL = ("the disk is full", "Nothing more was written; make room and try again.")
_LOST = ("the connection was lost", "Try again.")
_STOPPING = ("the server is shutting down", "Try again.")
_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", f"{_RIGHTS} Or the disk is full."),
    sqlite3.SQLITE_NOTADB: ("it is not an SQLite database", ""),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: ("the disk failed", "Nothing was acknowledged."),
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_TOOBIG: ("an event is larger than SQLite takes", ""),
}
_POSTGRES: Final = {
    "08": _LOST,
    "22021": ("it does not hold UTF-8", "Make it with ENCODING 'UTF8'."),
    "25006": ("it is read-only", "Name the primary server, not a replica."),
    "42501": ("this user has no right to do that", "See migrations/roles.sql for the rights it needs."),
    "53100": _FULL,
    "53": ("it has no more room for us", "Try again, or raise its limits."),
    "54": ("an event is larger than PostgreSQL takes", ""),
    "55P03": _BUSY,
    "57014": ("it took too long", "Try again."),
    "57": _STOPPING,
    "58": ("the disk failed", "Nothing was acknowledged."),
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
"""SQLSTATE, or its class -> reason and advice."""
UNREADABLE: Final = frozenset(
    reason
    for reason, _ in (
        DAMAGED,
        _SQLITE[sqlite3.SQLITE_NOTADB],
        _SQLITE[sqlite3.SQLITE_IOERR],
        _SQLITE[sqlite3.SQLITE_TOOBIG],
        _POSTGRES["58"],
    )
)
"""Reasons that speak of what is stored, not of how it was reached."""
_REFUSED: Final = "Check the database's name, user, password and pg_hba.conf."
_UNREACHABLE: Final = ("it cannot be reached", "Is the server running there?")
_PASSING: Final = frozenset({_BUSY, _LOST, _STOPPING, _UNREACHABLE})
"""What may be over in a moment. A server that starts refuses, too, in words of its own language."""


class End(NamedTuple):
    """Where a log ends."""

    position: int
    link: bytes


class Writer(Protocol):
    """A transaction that holds the one lock of all who append."""

    def rows(self, queries: Sequence[Query]) -> list[list[Row]]:
        """The rows of each query."""
        ...

    def run(self, queries: Sequence[Query]) -> None:
        """Queries without rows."""
        ...

    def insert(self, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Rows of the events table; `sql` takes one."""
        ...


class Database(Protocol):
    """One database of ours, open for any number of threads."""

    name: str
    """For people: no password, no options."""
    engine: Engine
    """SQLAlchemy's; a transaction that will write needs `execution_options(writes=True)`."""
    dialect: Dialect
    """SQL is compiled for this one, with named parameters."""
    row_dialect: Dialect
    """The same, with parameters in the order of the columns."""

    def read(self, queries: Sequence[Query]) -> list[list[Row]]:
        """The rows of each query, in one go."""
        ...

    most_unseen: int
    """Rows that `extend` takes."""

    def extend(self, before: End, after: End, rows: Sequence[Row]) -> bool:
        """In a transaction of its own, append rows to streams that are there, if the log ends at `before`.

        Returns False where it does not, or where a row is there already; nothing is written then.
        """
        ...

    def appending(self) -> AbstractContextManager[Writer]:
        """Commits at the end: what was written is on disk then, or nothing is."""
        ...

    def changing(self) -> AbstractContextManager[Connection]:
        """As `appending`, for what is more than an append: `SqlLog.append_in` goes with it."""
        ...

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction for changes of the schema, one at a time; commits at the end."""
        ...

    def time(self, stored: Any) -> datetime:
        """A time as the driver gives it, in UTC."""
        ...

    def wait(self, position: int, timeout: float) -> bool:
        """Whether the log has moved beyond `position` within `timeout` seconds."""
        ...

    def is_lost(self, error: BaseException) -> bool:
        """Whether it came of a connection that has gone, so that a new one may do."""
        ...

    def close(self) -> None: ...


def database_url(url: str) -> URL:
    """What an SQLAlchemy URL names.

    Raises:
        DatabaseUnusable: no URL, or no database of a kind that is supported. No password is ever in it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        # Where nothing can be told apart, a password cannot either: the text is not repeated.
        raise DatabaseUnusable("the database", "its name is no database URL", _EXAMPLE) from None
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
        raise DatabaseUnusable(
            shown(url), "only SQLite and PostgreSQL (with psycopg) are supported", _EXAMPLE
        )
    return parsed


def shown(url: str) -> str:
    """The URL for people: without password and options."""
    readable = make_url(url.encode(errors="replace").decode())
    return readable.set(query={}).render_as_string(hide_password=True)


def database_file(url: str) -> Path | None:
    """The file that an SQLAlchemy URL names; None: a server's database.

    Raises:
        DatabaseUnusable: as `database_url`; no file, or more than a file.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in (None, "", ":memory:") or "\0" in str(parsed.database):
        raise DatabaseUnusable(shown(url), "it names no file", _EXAMPLE)
    if parsed != URL.create(parsed.drivername, database=parsed.database):
        raise DatabaseUnusable(shown(url), "a file has no host, no user and no options", _EXAMPLE)
    return Path(str(parsed.database))


def file_url(file: Path) -> str:
    """The URL that names a file, whatever characters its name has."""
    return f"sqlite:///{file}".replace("%", "%25").replace("?", "%3F")


def open_database(url: str, *, create: bool = False) -> Database:
    """The database that an SQLAlchemy URL names.

    Raises:
        DatabaseUnusable: there is none; `create` makes a file, but never a folder or a server's database.
    """
    file = database_file(url)
    if file is not None:
        from recorder.store.sqlite import SqliteDatabase

        return SqliteDatabase(file, create=create)
    try:
        from recorder.store.postgres import PostgresDatabase
    except ModuleNotFoundError:
        advice = "Install it: pip install 'session-recorder[postgresql]'."
        raise DatabaseUnusable(shown(url), "the driver psycopg is missing", advice) from None
    return PostgresDatabase(database_url(url), shown(url))


def revision(connection: Connection, name: str) -> str | None:
    """The schema that the database has; None: it is empty.

    Raises:
        DatabaseUnusable: it has tables, but they are not ours, or do not say which schema it is.
    """
    known = inspect(connection)
    tables = known.get_table_names()
    if not tables:
        return None
    columns = {table: {one["name"] for one in known.get_columns(table)} for table in _OURS if table in tables}
    if all(column in columns.get(table, ()) for table, column in _OURS.items()):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        if len(found) != 1:
            raise DatabaseUnusable(name, f"its alembic_version has {len(found)} rows, not one", _RESTORE)
        if str(found[0]).isdecimal():
            return str(found[0])
    raise DatabaseUnusable(name, "it belongs to another program", "Choose another one for the log.")


@contextmanager
def translated(database: str) -> Iterator[None]:
    """The driver's errors become DatabaseUnusable; those that mean a mistake of ours stay as they are."""
    try:
        yield
    except Exception as error:
        raise_translated(database, error)


def raise_translated(database: str, error: BaseException) -> NoReturn:
    """What `translated` makes of an error."""
    found = _reason(error.orig if isinstance(error, DBAPIError) else error)
    if found is None:
        raise error
    raise DatabaseUnusable(database, *found, passing=found in _PASSING or found[1] == _REFUSED) from error


def _reason(driver: BaseException | None) -> tuple[str, str] | None:
    if isinstance(driver, UnicodeDecodeError):  # the driver's messages quote the file
        return DAMAGED
    if isinstance(driver, sqlite3.Error):
        if isinstance(driver, sqlite3.OperationalError) and not hasattr(driver, "sqlite_errorcode"):
            return DAMAGED  # not SQLite but the driver says so: a text is no text
        code = getattr(driver, "sqlite_errorcode", -1)
        return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)
    psycopg = sys.modules.get("psycopg")
    if psycopg is None or not isinstance(driver, psycopg.Error):
        return None
    state = driver.sqlstate
    if state is None:  # no connection was made, or it has gone
        if isinstance(driver, psycopg.DataError):
            return DAMAGED  # not the server but the driver says so: a time is no time
        return _unconnected(str(driver)) if isinstance(driver, psycopg.OperationalError) else None
    return next((_POSTGRES[code] for code in (state, state[:2]) if code in _POSTGRES), None)


def _unconnected(said: str) -> tuple[str, str]:
    """What became of a connection; of a refusal, the server's own words are all that there is."""
    _, fatal, words = said.partition("FATAL:")
    return (f"the server refused: {words.strip().splitlines()[0]}", _REFUSED) if fatal else _UNREACHABLE
