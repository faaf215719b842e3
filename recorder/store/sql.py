"""The log in a database: one lock for all who append, one transaction for all who wait for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, KeyUnusable, LogError
from recorder.events.bookkeeping import Erased
from recorder.events.codec import decode, schema_of
from recorder.events.event import Event, NewEvent, Recorded, can_be_forgotten, forgotten_stream
from recorder.store.chain import digest_of, leaf_of, link_of, notated
from recorder.store.database import (
    BUSY_TIMEOUT,
    DAMAGED,
    Database,
    Query,
    Row,
    Writer,
    open_database,
    revision,
    translated,
)
from recorder.store.key_source import KeySource
from recorder.store.keys import MasterKey, new_key, new_nonces, new_salt, seal, unseal
from recorder.store.log import Clock, Draft, admit, drafts, in_utc, utc_now
from recorder.store.statements import COLUMNS, statements
from recorder.store.tables import REVISION

_PAGE: Final = 1_000
"""Events that `read_all` fetches at a time."""
_MANY: Final = 10_000
"""Streams in one query."""
_GROUP: Final = 256
"""Appends in one transaction, at most."""
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
        return SqlLog(database, _master(database, (keys or KeySource()).or_beside(url)), clock)
    except BaseException:
        database.close()
        raise


def _master(database: Database, keys: KeySource) -> MasterKey | None:
    """The master key, where any stream needs one; raises KeyUnusable."""
    sql = statements(database.dialect, database.row_dialect)
    head, masters = database.read([(sql.head, {}), (sql.masters, {})])
    if not head:
        raise DatabaseUnusable(database.name, "its head is missing", "Run `recorder verify`.")
    if not head[0][0] and not masters:
        return None
    master = keys.load()
    if strangers := {row[0] for row in masters} - {master.id}:
        raise KeyUnusable(f"the log's keys are wrapped under master key {strangers.pop()}, not {master.id}")
    return master


@dataclass(slots=True)
class _Stream:
    """What an append knows of a stream."""

    number: int
    digest: bytes
    cipher: AESGCM | None
    version: int
    """How many events it holds."""


@dataclass(slots=True, eq=False)
class _Append:
    """One caller's append, on its way through a transaction."""

    stream: str
    batch: Sequence[Draft]
    expected_version: int | None
    actor: str
    rows: list[Recorded] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False
    leads: bool = False
    """It is to write what has queued up."""
    woken: Lock | None = None
    """Held until it is done, or leads."""


class SqlLog:
    """An `EventLog` that any thread may use, and any number of processes at once."""

    def __init__(self, database: Database, master: MasterKey | None, clock: Clock = utc_now) -> None:
        self.database = database
        self.master = master
        self._clock = clock
        self.sql = statements(database.dialect, database.row_dialect)
        # The first to come writes at once; who comes meanwhile queues up, and the first of those writes
        # for all of them. Who comes alone waits for nobody.
        self._turn = Lock()
        self._busy = False
        self._queue: deque[_Append] = deque()

    @property
    def engine(self) -> Engine:
        return self.database.engine

    @property
    def waiting(self) -> int:
        """Appends that wait for the transaction before them."""
        return len(self._queue)

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        mine = _Append(stream, drafts(stream, events, actor), expected_version, actor)
        with self._turn:
            self._queue.append(mine)
            mine.leads, self._busy = not self._busy, True
            if not mine.leads:
                mine.woken = Lock()
                mine.woken.acquire()
        try:
            if mine.woken is not None:
                mine.woken.acquire()
        except BaseException:  # interrupted: nobody must wait for it to lead
            with self._turn:
                if mine in self._queue and not mine.leads:
                    self._queue.remove(mine)
            raise
        finally:
            if mine.leads:
                self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.rows

    def _lead(self) -> None:
        """Write what has queued up, then let the next in the queue do the same."""
        with self._turn:
            group = [self._queue.popleft() for _ in range(min(len(self._queue), _GROUP))]
        self._write(group)
        with self._turn:
            self._busy = bool(self._queue)
            if self._busy:
                self._queue[0].leads = True
                group.append(self._queue[0])
        for append in group[1:]:
            if append.woken is not None:
                append.woken.release()

    def _write(self, appends: Sequence[_Append]) -> None:
        """All in one transaction; those that are refused do not keep the others from it."""
        deadline = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                with self.database.appending() as writer:
                    _Transaction(self, writer, in_utc(self._clock())).write(appends)
            except BaseException as error:
                if self.database.is_lost(error) and time.monotonic() < deadline:
                    # Whether it was committed is unknown; with their ids, it can be done again.
                    for draft in (draft for append in appends for draft in append.batch):
                        draft.is_named = True
                    time.sleep(_PAUSE)
                    continue
                for append in appends:
                    append.error = append.error or error
            break
        for append in appends:
            append.done = True

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        of, rows = self.database.read(
            [self.sql.many(self.sql.named, [stream]), (self.sql.of_stream, {"name": stream, "after": after})]
        )
        return [*map(self.reader(of), rows)]

    def read_many(self, streams: Iterable[str]) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        names = list(found)
        for start in range(0, len(names), _MANY):
            of = self._rows(*self.sql.many(self.sql.named, names[start : start + _MANY]))
            read = self.reader(of)
            for row in self._rows(*self.sql.many(self.sql.of_streams, [stream[0] for stream in of])):
                record = read(row)
                found[record.stream].append(record)
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

    def streams(self, prefix: str = "") -> Iterator[str]:
        found = self._rows(self.sql.streams, {"first": prefix, "last": prefix + "\U0010ffff"})
        return (row[0] for row in found)

    def wait(self, after: int, timeout: float) -> bool:
        return self.database.wait(after, timeout)

    def _rows(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        return self.database.read([(sql, values)])[0]

    def reader(self, streams: Iterable[Row]) -> Callable[[Row], Recorded]:
        """Makes what the log returns of rows of the events table, given the rows of their streams."""
        return _Reader(self, streams)

    def cipher(self, number: int, digest: bytes, master: str | None, wrapped: bytes | None) -> AESGCM | None:
        """What opens a stream's payloads; None: they are not encrypted. Raises KeyUnusable."""
        if wrapped is None:
            return None
        if self.master is None or self.master.id != master:
            raise KeyUnusable(f"stream {number} needs master key {master}", "Start again with that one.")
        return self.master.cipher(wrapped, digest)


class _Transaction:
    """Appends that are written together: what they need is looked up at once, and written at once."""

    def __init__(self, log: SqlLog, writer: Writer, now: datetime) -> None:
        self._log = log
        self._sql = log.sql
        self._writer = writer
        self._now = now
        self._recorded_at = notated(now)
        self._last_stream: int | None = None
        self._new: list[Query] = []
        self._rows: list[Row] = []

    def write(self, appends: Sequence[_Append]) -> None:
        self._look(appends)
        for append in appends:
            try:
                self._take(append)
            except LogError as error:
                append.error = error
        if self._rows:
            self._writer.run(self._new)
            self._writer.insert(self._sql.event, COLUMNS, self._rows)
            self._writer.run([(self._sql.move, {"to": self._position, "by": self._link})])

    def _look(self, appends: Sequence[_Append]) -> None:
        names = dict.fromkeys(append.stream for append in appends)
        ids = [draft.id for append in appends for draft in append.batch if draft.is_named]
        queries: list[Query] = [(self._sql.head, {})]
        queries += [(self._sql.place, {"name": name}) for name in names]
        queries += [self._sql.many(self._sql.by_id, ids)] if ids else []
        (head,), *found = self._writer.rows(queries)
        self._encrypted, self._position, self._link = head
        self._stored: dict[str, Recorded] = {}
        if ids and (rows := found.pop()):
            (of,) = self._writer.rows([self._sql.many(self._sql.numbered, list({row[1] for row in rows}))])
            self._stored = {record.id: record for record in map(self._log.reader(of), rows)}
        self._streams = {row[1]: self._known(*row) for rows in found for row in rows}

    def _known(
        self, number: int, name: str, digest: bytes, master: str | None, wrapped: bytes | None, version: int
    ) -> _Stream:
        return _Stream(number, digest, self._log.cipher(number, digest, master, wrapped), version)

    def _take(self, append: _Append) -> None:
        stream = self._streams.get(append.stream)
        fresh = admit(
            append.stream,
            append.batch,
            self._stored,
            version=stream.version if stream else 0,
            expected_version=append.expected_version,
        )
        if fresh:
            self._add(append, stream or self._begin(append.stream), fresh)
        append.rows = [self._stored[draft.id] for draft in append.batch]

    def _begin(self, name: str) -> _Stream:
        """A new stream, with a key of its own where it can be forgotten."""
        if self._last_stream is None:
            self._last_stream = self._writer.rows([(self._sql.last_stream, {})])[0][0][0]
        self._last_stream += 1
        salt = new_salt()
        digest, cipher = digest_of(salt, name), None
        row = {"id": self._last_stream, "name": name, "salt": salt, "digest": digest}
        self._new.append((self._sql.stream, row))
        master = self._log.master
        if self._encrypted and can_be_forgotten(name):
            if master is None:
                raise KeyUnusable("the log was encrypted meanwhile", "Start again with the master key.")
            wrapped = master.wrap(new_key(), digest)
            key = {"stream": self._last_stream, "master": master.id, "wrapped": wrapped}
            self._new.append((self._sql.key, key))
            cipher = master.cipher(wrapped, digest)
        self._streams[name] = stream = _Stream(self._last_stream, digest, cipher, 0)
        return stream

    def _add(self, append: _Append, stream: _Stream, fresh: Sequence[Draft]) -> None:
        position, link, recorded_at = self._position, self._link, self._recorded_at
        nonces = new_nonces(len(fresh))
        for version, draft in enumerate(fresh, stream.version):
            position += 1
            payload, digest = draft.payload, None if version else stream.digest
            if stream.cipher is not None:
                payload = seal(stream.cipher, nonces.pop(), payload, draft.id.encode())
            occurred_at = recorded_at if draft.occurred_at is None else notated(draft.occurred_at)
            columns = (
                position,
                stream.number,
                version,
                draft.id,
                draft.type,
                schema_of(draft.type),
                occurred_at,
                recorded_at,
                append.actor,
                payload,
            )
            link = link_of(link, leaf_of(*columns, digest))
            self._rows.append((*columns, link))
            self._stored[draft.id] = draft.recorded(append.stream, version, position, self._now, append.actor)
        stream.version += len(fresh)
        self._position, self._link = position, link


class _Reader:
    """Rows of the events table to what the log returns, given the rows of their streams."""

    def __init__(self, log: SqlLog, streams: Iterable[Row]) -> None:
        self._log = log
        self._time = log.database.time
        self._streams = {row[0]: row for row in streams}
        self._ciphers: dict[int, AESGCM | None] = {}

    def __call__(self, row: Row) -> Recorded:
        position, number, version, identity, kind, schema, occurred_at, recorded_at, actor, payload, _ = row
        try:
            _, name, *_ = self._streams[number]
            event: Callable[[], Event] = partial(
                self._event, position, number, identity, kind, schema, payload
            )
            if name is None:
                name, event = forgotten_stream(number), partial(Erased, kind)
            times = self._time(occurred_at), self._time(recorded_at)
        except (KeyError, ValueError, TypeError) as error:  # nothing else changes what was written
            raise DatabaseUnusable(f"event {position} of the log", *DAMAGED) from error
        return Recorded(event, identity, name, version, position, *times, actor, kind)

    def _event(
        self, position: int, number: int, identity: str, kind: str, schema: int, payload: bytes
    ) -> Event:
        try:
            cipher = self._cipher(number)
            plain = payload if cipher is None else unseal(cipher, payload, identity.encode())
            return decode(kind, plain, schema)
        except (ValueError, TypeError, InvalidTag) as error:
            raise DatabaseUnusable(f"event {position} of the log", *DAMAGED) from error

    def _cipher(self, number: int) -> AESGCM | None:
        if number not in self._ciphers:
            _, _, digest, master, wrapped = self._streams[number]
            self._ciphers[number] = self._log.cipher(number, digest, master, wrapped)
        return self._ciphers[number]
