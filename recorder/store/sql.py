"""The log in a database: one lock for all who append, one transaction for all who wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, EventConflict, KeyUnusable, LogError
from recorder.events.event import Event, NewEvent, Recorded, is_session
from recorder.store.database import (
    BUSY_TIMEOUT,
    DAMAGED,
    Database,
    End,
    Query,
    Row,
    Writer,
    open_database,
    revision,
    translated,
)
from recorder.store.group_commit import GroupCommit
from recorder.store.growth import Append, Growth, NewStreams, Stream
from recorder.store.key_source import KeySource
from recorder.store.keys import KeyRing, MasterKey
from recorder.store.log import Batch, Clock, Draft, drafts, in_utc, utc_now
from recorder.store.observing import Observer, Written
from recorder.store.reading import Opened, StoredRecord, paused_collection
from recorder.store.statements import COLUMNS, statements
from recorder.store.tables import REVISION

_PAGE: Final = 1_000
"""Events that `read_all` fetches at a time."""
_FEW: Final = 100
"""Events that are too few for the collector of garbage to matter."""
_MANY: Final = 10_000
"""Streams in one query."""
_KNOWN: Final = 4096
"""Streams that a process remembers."""
_PAUSE: Final = 0.1
"""Seconds before the next attempt to reach a server that has gone."""


def open_log(url: str, clock: Clock = utc_now, keys: KeySource | None = None) -> SqlLog:
    """The log in the database that an SQLAlchemy URL names; makes and changes nothing.

    Args:
        keys: where the master key is; None: beside the database file.

    Raises:
        DatabaseUnusable: there is no such database, or it cannot be read.
        DatabaseOutOfDate: its schema is not the one that this program needs.
        KeyUnusable: it is encrypted, and the master key is not there or another one.
    """
    database = open_database(url)
    try:
        with translated(database.name), database.engine.connect() as connection:
            found = revision(connection, database.name)
        if found != REVISION:
            raise DatabaseOutOfDate(database.name, found, REVISION)
        return SqlLog(database, _keys(database, (keys or KeySource()).or_beside(url)), clock)
    except BaseException:
        database.close()
        raise


def _keys(database: Database, keys: KeySource) -> KeyRing | None:
    """The master keys, where any stream needs one; raises KeyUnusable."""
    sql = statements(database.dialect, database.row_dialect)
    head, masters = database.read([(sql.head, {}), (sql.masters, {})])
    if not head:
        raise DatabaseUnusable(database.name, "its head is missing", "Run `recorder verify`.")
    if not head[0][0] and not masters:
        return None
    ring = keys.load()
    if strangers := {row[0] for row in masters} - set(ring.ids):
        known = " or ".join(ring.ids)
        raise KeyUnusable(f"the log's keys are wrapped under master key {strangers.pop()}, not {known}")
    return ring


class _Left(NamedTuple):
    """How this process left the log."""

    end: End
    streams: dict[str, Stream]
    """Some that are there, by name, as they were then."""
    is_alone: bool
    """Nobody else had written since the time before."""


class SqlLog:
    """An `EventLog` that any thread may use, and any number of processes at once."""

    def __init__(self, database: Database, keys: KeyRing | None, clock: Clock = utc_now) -> None:
        self.database = database
        self.keys = keys
        self._clock = clock
        self.sql = statements(database.dialect, database.row_dialect)
        self.observe: Observer | None = None
        """Told of each transaction that appends, if anybody is."""
        self.redact: Callable[[Sequence[NewEvent | Event]], Sequence[NewEvent | Event]] | None = None
        """Goes over what is appended to a session, if anything does."""
        self._commits = GroupCommit[Sequence[Append]](
            lambda groups: self._write([*chain.from_iterable(groups)])
        )
        self._left: _Left | None = None

    @property
    def engine(self) -> Engine:
        return self.database.engine

    @property
    def waiting(self) -> int:
        """Appends that wait for the transaction before them."""
        return self._commits.waiting

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        mine = Append(stream, self._drafts(stream, events, actor), expected_version, actor)
        self._commits.submit((mine,))
        if mine.error is not None:
            raise mine.error
        return mine.rows

    def append_many(self, batches: Sequence[Batch]) -> list[list[Recorded] | EventConflict]:
        mine = [self._append(each._replace(expected_version=None)) for each in batches]
        self._commits.submit(mine)
        for append in mine:
            if append.error is not None and not isinstance(append.error, EventConflict):
                raise append.error
        return [each.error if isinstance(each.error, EventConflict) else each.rows for each in mine]

    def append_together(self, batches: Sequence[Batch]) -> list[list[Recorded]]:
        if not batches:
            return []
        mine, *others = map(self._append, batches)
        mine.others = others
        self._commits.submit((mine,))
        if mine.error is not None:
            raise mine.error
        return [each.rows for each in (mine, *others)]

    def _append(self, batch: Batch) -> Append:
        stream, events, actor, version = batch
        return Append(stream, self._drafts(stream, events, actor), version, actor)

    def _drafts(self, stream: str, events: Sequence[NewEvent | Event], actor: str) -> list[Draft]:
        if self.redact is not None and is_session(stream):
            events = self.redact(events)
        with paused_collection() if len(events) > _FEW else nullcontext():
            return drafts(stream, events, actor)

    def append_in(
        self, connection: Connection, stream: str, events: Sequence[NewEvent | Event], *, actor: str = ""
    ) -> list[Recorded]:
        """`append` in a transaction of `Database.changing`, which decides whether it is written."""
        mine = Append(stream, drafts(stream, events, actor), None, actor)
        self._left = None  # the streams that it knows may be about to go
        self._grow(_Inside(connection), [mine])
        if mine.error is not None:
            raise mine.error
        return mine.rows

    def _write(self, appends: Sequence[Append]) -> None:
        """All in one transaction; those that are refused do not keep the others from it."""
        started = time.monotonic()
        deadline, events, lost, failure = started + BUSY_TIMEOUT, None, 0, None
        while True:
            try:
                events = self._extend(appends)
                if events is None:
                    events = self._look_and_write(appends)
            except BaseException as error:
                self._left = None
                if self.database.is_lost(error) and time.monotonic() < deadline:
                    # Whether it was committed is unknown; with their ids, it can be done again.
                    for draft in (draft for append in _all(appends) for draft in append.batch):
                        draft.is_named = True
                    lost += 1
                    time.sleep(_PAUSE)
                    continue
                failure = error
            break
        if self.observe is not None:
            refused = [append.error for append in appends if append.error is not None]
            seconds = time.monotonic() - started
            with suppress(Exception):  # those who wait for this append must not wait for ever
                self.observe(Written(len(appends), events or 0, seconds, lost, refused, failure))
        if failure is not None:
            for append in appends:
                append.error = append.error or failure

    def _extend(self, appends: Sequence[Append]) -> int | None:
        """Write without a look, if nothing is refused and the log still ends where this process left it.

        Returns how many events, or None: it was not possible.
        """
        left = self._left
        if left is None or not left.is_alone:
            return None
        count = 0
        for append in _all(appends):
            count += len(append.batch)
            if append.stream not in left.streams or count > self.database.most_unseen:
                return None
        growth = Growth(left.end, in_utc(self._clock()), left.streams)
        try:
            for append in appends:
                growth.take(append)
        except LogError:  # perhaps only because the log has moved on
            return None
        if growth.rows and not self.database.extend(left.end, growth.end, growth.rows):
            return None
        left.streams.update(growth.grown)
        self._left = _Left(growth.end, left.streams, True)
        return len(growth.rows)

    def _look_and_write(self, appends: Sequence[Append]) -> int:
        """Returns how many events are written."""
        with self.database.appending() as writer:
            end, streams, growth = self._grow(writer, appends)
        left = self._left
        is_alone = left is None or left.end == end
        known = left.streams if left and is_alone and len(left.streams) < _KNOWN else {}
        self._left = _Left(growth.end, known | streams | growth.grown, is_alone)
        return len(growth.rows)

    def _grow(self, writer: Writer, appends: Sequence[Append]) -> tuple[End, dict[str, Stream], Growth]:
        """Write the appends; returns where it ended before, the streams that were there, and the rest."""
        encrypted, end, streams, stored = self._look(writer, appends)
        new = NewStreams(
            lambda: int(_only(writer, self.sql.last_stream)[0]),
            encrypted,
            lambda: self._key_for_new(writer),
        )
        growth = Growth(end, in_utc(self._clock()), streams, stored, new)
        with paused_collection():
            for append in appends:
                append.error = None
                try:
                    growth.take(append)
                except LogError as error:
                    append.error = error
        if growth.rows:
            writer.run([(self.sql.stream, row) for row in new.streams])
            writer.run([(self.sql.key, row) for row in new.keys])
            writer.insert(self.sql.event, COLUMNS, growth.rows)
            writer.run([(self.sql.move, {"to": growth.end.position, "by": growth.end.link})])
        return end, streams, growth

    def _look(
        self, writer: Writer, appends: Sequence[Append]
    ) -> tuple[bool, End, dict[str, Stream], dict[str, Recorded]]:
        """Whether the log is encrypted, where it ends, and what it has of the appends: streams, events."""
        appends = [*_all(appends)]
        names = dict.fromkeys(append.stream for append in appends)
        ids = [draft.id for append in appends for draft in append.batch if draft.is_named]
        queries: list[Query] = [(self.sql.head, {})]
        queries += [(self.sql.place, {"name": name}) for name in names]
        queries += [self.sql.many(self.sql.by_id, ids)] if ids else []
        (head,), *found = writer.rows(queries)
        encrypted, *end = head
        stored: dict[str, Recorded] = {}
        if ids and (rows := found.pop()):
            (of,) = writer.rows([self.sql.many(self.sql.numbered, list({row[1] for row in rows}))])
            stored = {record.id: record for record in map(self.reader(of), rows)}
        streams = {row[1]: self._known(*row) for rows in found for row in rows}
        return encrypted, End(*end), streams, stored

    def _known(
        self, number: int, name: str, digest: bytes, master: str | None, wrapped: bytes | None, version: int
    ) -> Stream:
        return Stream(number, digest, self.cipher(number, digest, master, wrapped), version)

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        queries = [self.sql.many(self.sql.named, [stream])]
        queries.append((self.sql.of_stream, {"name": stream, "after": after}))
        of, rows = self.database.read(queries)
        while rows and [rows[0][1]] != [row[0] for row in of]:  # it began between the two
            of, rows = self.database.read(queries)
        return [*map(self.reader(of), rows)]

    def read_many(
        self, streams: Iterable[str], types: Collection[str] | None = None
    ) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        names = list(found)
        for start in range(0, len(names), _MANY):
            of = self._rows(*self.sql.many(self.sql.named, names[start : start + _MANY]))
            numbers = [stream[0] for stream in of]
            if types is None:
                query = self.sql.many(self.sql.of_streams, numbers)
            else:
                query = self.sql.many(self.sql.of_streams_and_types, numbers, types=[*types])
            opened = {row[0]: (Opened.of(self, row), found[row[1]]) for row in of}
            with paused_collection():
                for row in self._rows(*query):
                    stream, records = opened[row[1]]
                    records.append(StoredRecord(stream, row))
        return found

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        while limit is None or limit > 0:
            page = self._rows(
                self.sql.all, {"after": after, "limit": _PAGE if limit is None else min(limit, _PAGE)}
            )
            if not page:
                return
            of = self._rows(*self.sql.many(self.sql.numbered, list({row[1] for row in page})))
            yield from map(self.reader(of), page)
            after = page[-1][0]
            limit = None if limit is None else limit - len(page)

    def version(self, stream: str) -> int:
        found = self._rows(self.sql.version, {"name": stream})
        return int(found[0][0]) if found else 0

    def position(self) -> int:
        return int(self._rows(self.sql.head, {})[0][1])

    def streams_at(self, positions: Collection[int]) -> dict[int, str]:
        found = self._rows(*self.sql.many(self.sql.streams_at, [*positions])) if positions else []
        return {position: name for position, name in found if name is not None}

    def streams(self, prefix: str = "") -> Iterator[str]:
        found = self._rows(self.sql.streams, {"first": prefix, "last": prefix + "\U0010ffff"})
        return (row[0] for row in found)

    def wait(self, after: int, timeout: float) -> bool:
        return self.database.wait(after, timeout)

    def _rows(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        return self.database.read([(sql, values)])[0]

    def reader(self, streams: Iterable[Row]) -> Callable[[Row], Recorded]:
        """Makes what the log returns of rows of the events table, given the rows of their streams."""
        opened = {row[0]: Opened.of(self, row) for row in streams}

        def read(row: Row) -> Recorded:
            try:
                return StoredRecord(opened[row[1]], row)
            except KeyError as error:  # nothing takes a stream away
                raise DatabaseUnusable(f"event {row[0]} of the log", *DAMAGED) from error

        return read

    def time(self, stored: Any) -> datetime:
        """A time as the driver gives it, in UTC."""
        return self.database.time(stored)

    def cipher(self, number: int, digest: bytes, master: str | None, wrapped: bytes | None) -> AESGCM | None:
        """What opens a stream's payloads; None: they are not encrypted. Raises KeyUnusable."""
        if wrapped is None:
            return None
        key = self.keys.find(master) if self.keys and master else None
        if key is None:
            raise KeyUnusable(f"stream {number} needs master key {master}", "Start again with that one.")
        return key.cipher(wrapped, digest)

    def _key_for_new(self, writer: Writer) -> MasterKey:
        """The master key of streams that begin: that of the newest, so that all who append agree on it."""
        if self.keys is None:
            raise KeyUnusable("the log was encrypted meanwhile", "Start again with the master key.")
        (newest,) = writer.rows([(self.sql.newest_master, {})])
        if not newest:
            self.keys.look_again()
            return self.keys.first
        key = self.keys.find(newest[0][0])
        if key is None:
            raise KeyUnusable(f"new streams need master key {newest[0][0]}", "Start again with that one.")
        return key


def _all(appends: Iterable[Append]) -> Iterator[Append]:
    """With what goes with each."""
    return (each for append in appends for each in (append, *append.others))


def _only(writer: Writer, sql: str) -> Row:
    """The one row that it gives."""
    ((row,),) = writer.rows([(sql, {})])
    return row


class _Inside:
    """A `Writer` in a transaction that somebody else has begun."""

    def __init__(self, connection: Connection) -> None:
        self._driver: Any = connection.connection.driver_connection

    def rows(self, queries: Sequence[Query]) -> list[list[Row]]:
        return [self._driver.execute(*query).fetchall() for query in queries]

    def run(self, queries: Sequence[Query]) -> None:
        for query in queries:
            self._driver.execute(*query)

    def insert(self, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        for row in rows:
            self._driver.execute(sql, row)
