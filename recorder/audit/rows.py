"""The log's rows as they are stored: read raw from either database, and held against the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, BindParameter, bindparam, select
from sqlalchemy.exc import DBAPIError

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, EventAltered
from recorder.store.chain import FIRST, link_after, notated
from recorder.store.database import Database, Query, Row, open_database, revision, translated
from recorder.store.statements import EVENTS, KEYS, STREAMS, statements
from recorder.store.tables import REVISION

LOG_REVISION: Final = "0003"
"""The migration that last changed the log's own tables; later ones are about what is computed from it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log."""

    encrypted: bool
    position: int
    link: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """A row of the streams, with its key where it has one."""

    number: int
    name: str | None
    """None: forgotten, and so is the salt."""
    salt: bytes | None
    digest: bytes
    master: str | None
    wrapped: bytes | None

    @property
    def key(self) -> tuple[str | None, bytes | None]:
        return self.master, self.wrapped


def open_rows(url: str) -> Database:
    """The database of a log whose rows this program can read, though its lists may be older.

    Raises:
        DatabaseUnusable: there is none, or it is not ours.
        DatabaseOutOfDate: its log is older than `LOG_REVISION`, or it is newer than this program.
    """
    database = open_database(url)
    try:
        with _readable(database), database.engine.connect() as connection:
            found = revision(connection, database.name)
        if found is None or not LOG_REVISION <= found <= REVISION:
            raise DatabaseOutOfDate(database.name, found, REVISION)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _readable(database: Database) -> Iterator[None]:
    """Our own SQL is right for every log: where the driver does not think so, it is no whole one."""
    driver = database.engine.dialect.loaded_dbapi
    try:
        with translated(database.name):
            yield
    except (DBAPIError, driver.Error) as error:
        said = str(getattr(error, "orig", error)).strip().splitlines()[0]
        advice = "Run `recorder doctor`; restore it from a backup."
        raise DatabaseUnusable(database.name, f"it is no whole log ({said})", advice) from error


class Rows:
    """Reads the rows of one log; all times are as `notated`."""

    def __init__(
        self, database: Database, read: Callable[[Sequence[Query]], list[list[Row]]] | None = None
    ) -> None:
        """Args: read: another way to read, as a transaction's."""
        self.name = database.name
        self._database = database
        self.sql = statements(database.dialect, database.row_dialect)
        self._read = read or database.read

        def number(name: str) -> BindParameter[int]:
            return bindparam(name, type_=BigInteger())

        of = STREAMS.c.id
        link = select(EVENTS.c.link).where(EVENTS.c.position == number("position"))
        streams = (
            select(of, STREAMS.c.name, STREAMS.c.salt, STREAMS.c.digest, KEYS.c.master, KEYS.c.wrapped)
            .select_from(STREAMS.outerjoin(KEYS, KEYS.c.stream == of))
            .where(of > number("after"), of <= number("upto"))
            .order_by(of)
        )
        self._link = str(link.compile(dialect=database.dialect))
        self._streams = str(streams.compile(dialect=database.dialect))

    def _rows(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        with _readable(self._database):
            return self._read([(sql, values)])[0]

    def head(self) -> Head:
        found = self._rows(self.sql.head, {})
        if not found:
            raise DatabaseUnusable(self.name, "its head is missing", "Run `recorder verify`.")
        encrypted, position, link = found[0]
        return Head(bool(encrypted), position, link)

    def page(self, after: int, limit: int) -> list[Row]:
        """Rows of events with a position above `after`, ascending, columns in the order of the table."""
        rows = self._rows(self.sql.all, {"after": after, "limit": limit})
        return [*map(_plain, rows)] if rows and isinstance(rows[0][6], datetime) else rows

    def link(self, position: int) -> bytes | None:
        """The link of an event, `FIRST` before all events; None: there is no such event."""
        if position == 0:
            return FIRST
        found = self._rows(self._link, {"position": position})
        return found[0][0] if found else None

    def streams(self, after: int, upto: int) -> dict[int, Stream]:
        """The streams of these numbers."""
        found = self._rows(self._streams, {"after": after, "upto": upto})
        return {row[0]: Stream(*row) for row in found}

    def last_stream(self) -> int:
        return int(self._rows(self.sql.last_stream, {})[0][0])

    def versions(self, numbers: Iterable[int]) -> dict[int, int]:
        """How many events these streams hold."""
        return {row[0]: row[1] for row in self._rows(*self.sql.many(self.sql.versions, list(numbers)))}

    def numbered(self, numbers: Iterable[int]) -> dict[int, Row]:
        """Number, name, digest, master, wrapped of these streams."""
        return {row[0]: row for row in self._rows(*self.sql.many(self.sql.numbered, list(numbers)))}

    def masters(self) -> list[str]:
        """Ids of the master keys that the streams' keys are wrapped under."""
        return sorted(row[0] for row in self._rows(self.sql.masters, {}))

    def checked(self, rows: Sequence[Row], after: int, link: bytes) -> bytes:
        """The link of the last row, when each is the next one after `after` and fits the chain.

        Raises:
            EventAltered: the first that does not.
        """
        begun = {row[1] for row in rows if row[2] == 0 and isinstance(row[1], int)}
        digests = {number: row[2] for number, row in self.numbered(begun).items()}
        for position, row in enumerate(rows, after + 1):
            try:
                link = link_after(link, row[:9], row[9], None if row[2] else digests[row[1]])
            except (KeyError, TypeError, ValueError, AttributeError):  # not what was ever written
                link = b""
            if link != row[-1] or row[0] != position:
                raise EventAltered(self.name, position)
        return link


def _plain(row: Row) -> Row:
    return (*row[:6], notated(row[6]), notated(row[7]), *row[8:])
