"""The log in a database: SQL compiled once from the table, run on the driver's own connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sqlalchemy import ClauseElement, Engine, Integer, bindparam, func, insert, literal_column, select
from sqlalchemy.dialects import sqlite

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable
from recorder.events.codec import decode
from recorder.events.event import Event, NewEvent, Recorded
from recorder.store.database import DAMAGED, database_file, open_database, revision, translated
from recorder.store.log import Clock, Draft, admit, drafts, in_utc, utc_now
from recorder.store.tables import REVISION, EventRow

_PAGE: Final = 1_000
"""Events that `read_all` fetches at a time."""
_MANY: Final = 10_000
"""Streams in one query; SQLite takes three times as many."""

_TABLE = EventRow.metadata.tables["events"]
_COLUMNS = _TABLE.c
_ZERO, _ONE = literal_column("0", Integer), literal_column("1", Integer)
_DIALECT = sqlite.dialect(paramstyle="named")


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


_INSERT = _sql(insert(_TABLE))
_BY_ID = _sql(select(_TABLE).where(_COLUMNS.id == bindparam("id")))
_HEAD = _sql(select(func.coalesce(func.max(_COLUMNS.position), _ZERO)))
_VERSION = _sql(
    select(func.coalesce(func.max(_COLUMNS.version) + _ONE, _ZERO)).where(
        _COLUMNS.stream == bindparam("stream")
    )
)
_STREAM = _sql(
    select(_TABLE)
    .where(_COLUMNS.stream == bindparam("stream"), _COLUMNS.version > bindparam("after"))
    .order_by(_COLUMNS.version)
)
_ALL = _sql(
    select(_TABLE)
    .where(_COLUMNS.position > bindparam("after"))
    .order_by(_COLUMNS.position)
    .limit(bindparam("limit", type_=Integer))
    .offset(_ZERO)  # else the dialect adds one as a parameter
)
_STREAMS = _sql(
    select(_COLUMNS.stream)
    .where(
        _COLUMNS.version == _ZERO, _COLUMNS.stream >= bindparam("first"), _COLUMNS.stream < bindparam("last")
    )
    .order_by(_COLUMNS.position)
)


def open_log(url: str, clock: Clock = utc_now) -> SqlLog:
    """The log in the database that an SQLAlchemy URL names; makes and changes nothing.

    Raises:
        DatabaseUnusable: there is no such database, or it cannot be read.
        DatabaseOutOfDate: its schema is not the one that this program needs.
    """
    file = database_file(url)
    engine = open_database(file)
    with translated(str(file)), engine.connect() as connection:
        found = revision(connection, str(file))
    if found != REVISION:
        engine.dispose()
        raise DatabaseOutOfDate(str(file), found, REVISION)
    return SqlLog(engine, str(file), clock)


class SqlLog:
    """An `EventLog` that any thread may use, and any number of processes at once."""

    def __init__(self, engine: Engine, name: str, clock: Clock = utc_now) -> None:
        self.engine = engine
        self._name = name
        self._clock = clock
        # SQLite lets writers wait by sleeping; a lock wakes the next thread of ours at once.
        self._writing = Lock()

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        batch = drafts(stream, events, actor)
        with self._writing, self._transaction() as db:
            rows = _stored(db, batch)
            version, head = _one(db, _VERSION, stream=stream), _one(db, _HEAD)
            fresh = admit(stream, batch, rows, version=version, expected_version=expected_version)
            now = in_utc(self._clock())
            for number, draft in enumerate(fresh):
                rows[draft.id] = draft.recorded(stream, version + number, head + 1 + number, now, actor)
            db.executemany(_INSERT, [_values(rows[draft.id], draft.payload) for draft in fresh])
        return [rows[draft.id] for draft in batch]

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        return [_recorded(row) for row in self._rows(_STREAM, stream=stream, after=after)]

    def read_many(self, streams: Iterable[str]) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        names = list(found)
        for start in range(0, len(names), _MANY):
            for row in self._rows_of(names[start : start + _MANY]):
                found[row[1]].append(_recorded(row))
        return found

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        while limit is None or limit > 0:
            page = self._rows(_ALL, after=after, limit=_PAGE if limit is None else min(limit, _PAGE))
            if not page:
                return
            yield from map(_recorded, page)
            after = page[-1][0]
            limit = None if limit is None else limit - len(page)

    def version(self, stream: str) -> int:
        return int(self._rows(_VERSION, stream=stream)[0][0])

    def position(self) -> int:
        return int(self._rows(_HEAD)[0][0])

    def streams(self, prefix: str = "") -> Iterator[str]:
        return (row[0] for row in self._rows(_STREAMS, first=prefix, last=prefix + "\U0010ffff"))

    def _rows_of(self, streams: Sequence[str]) -> list[tuple[Any, ...]]:
        chosen = (
            select(_TABLE).where(_COLUMNS.stream.in_(streams)).order_by(_COLUMNS.stream, _COLUMNS.version)
        )
        compiled = chosen.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        return self._rows(str(compiled), **compiled.params)

    def _rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        with self._connection() as db:
            return db.execute(sql, values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with translated(self._name):
            pooled = self.engine.raw_connection()
            try:
                driver = pooled.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                yield driver
            finally:
                pooled.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _one(db: sqlite3.Connection, sql: str, **values: object) -> int:
    return int(db.execute(sql, values).fetchone()[0])


def _stored(db: sqlite3.Connection, batch: Sequence[Draft]) -> dict[str, Recorded]:
    found = (db.execute(_BY_ID, {"id": draft.id}).fetchone() for draft in batch if draft.is_named)
    return {row[3]: _recorded(row) for row in found if row}


def _values(row: Recorded, payload: bytes) -> dict[str, object]:
    """A row for the driver, in the notation of SQLAlchemy's DateTime."""
    return {
        "position": row.position,
        "stream": row.stream,
        "version": row.version,
        "id": row.id,
        "type": row.event.type,
        "occurred_at": _notated(row.occurred_at),
        "recorded_at": _notated(row.recorded_at),
        "actor": row.actor,
        "payload": payload.decode(),
    }


def _notated(time: datetime) -> str:
    return time.isoformat(" ", "microseconds")[:26]


def _recorded(row: tuple[Any, ...]) -> Recorded:
    position, stream, version, identity, kind, occurred_at, recorded_at, actor, payload = row
    try:
        return Recorded(
            decode(kind, payload),
            identity,
            stream,
            version,
            position,
            datetime.fromisoformat(occurred_at + "+00:00"),
            datetime.fromisoformat(recorded_at + "+00:00"),
            actor,
        )
    except (ValueError, TypeError) as error:  # nothing else changes what was written
        raise DatabaseUnusable(f"event {position} of the log", *DAMAGED) from error
