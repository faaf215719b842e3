"""The log's database on a server: PostgreSQL through psycopg.

Whoever appends holds an advisory lock until the commit, so that positions become visible in their
order: nothing at or below a position that was read appears later. All that an append needs to know
and all that it writes go in one pipeline each, so it costs two round trips; one, where the log is as
this process left it (`extend`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import lru_cache
from threading import Condition, Lock
from typing import Any, Final

import psycopg
from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, QueuePool, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from recorder.store.database import BUSY_TIMEOUT, End, Query, Row, raise_translated, translated
from recorder.store.statements import COLUMNS

_APPENDING: Final = 0x5E5510
_MIGRATING: Final = 0x5E5511
"""Our advisory locks."""
_CHANNEL: Final = "recorder_log"
_MANY: Final = 100
"""Rows from which COPY is faster than INSERT."""
_POLL: Final = 1.0
"""Seconds between two looks at the head where notifications do not come through: replicas, some proxies."""
_LOCK: Final = f"SELECT pg_advisory_xact_lock({_APPENDING})"
_POSITION: Final = "SELECT position FROM log_head"
_IS_PARTITIONED: Final = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'events'::regclass"
_CASTS: Final = {"occurred_at": "::timestamptz", "recorded_at": "::timestamptz"}
"""What a parameter among VALUES needs to be told apart."""
_SHAREABLE: Final = [*map(COLUMNS.index, ("stream", "schema", "recorded_at", "actor"))]
"""Columns in which the rows of one append, or of one transaction, mostly say the same."""


class PostgresDatabase:
    """A `Database` on a server."""

    most_unseen = 32
    dialect: Dialect = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    row_dialect: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]

    def __init__(self, url: URL, name: str, *, options: str = "") -> None:
        """Args: options: server settings, as `-c name=value`. Connects when it is first used."""
        self.name = name
        waiting = int(BUSY_TIMEOUT * 1000)
        arguments = {
            "options": f"-c TimeZone=UTC -c lock_timeout={waiting} {options} {url.query.get('options', '')}",
            "connect_timeout": int(BUSY_TIMEOUT),
            "application_name": "recorder",
        }
        url = url.set(drivername="postgresql+psycopg").difference_update_query(["options"])
        pool = {"poolclass": QueuePool, "max_overflow": -1, "pool_pre_ping": True}
        self.engine = create_engine(url, connect_args=arguments, **pool)
        self._log = create_engine(
            url,
            connect_args=arguments,
            isolation_level="AUTOCOMMIT",
            poolclass=QueuePool,
            max_overflow=-1,
            pool_reset_on_return=None,
        )
        self._writer = _Writer(self._log, name)
        self._listener = _Listener(self._driver)

    def read(self, queries: Sequence[Query]) -> list[list[Row]]:
        with translated(self.name):
            try:
                return self._read(queries)
            except (psycopg.OperationalError, DBAPIError) as error:
                if not is_lost(error):
                    raise
                return self._read(queries)  # once more, on a new connection

    def _read(self, queries: Sequence[Query]) -> list[list[Row]]:
        with self._driver() as driver:
            if len(queries) == 1:
                return [driver.cursor(binary=True).execute(*queries[0]).fetchall()]
            with driver.pipeline():
                return _rows(driver, queries)

    def extend(self, before: End, after: End, rows: Sequence[Row]) -> bool:
        return self._writer.extend(before, after, rows)

    def appending(self) -> _Writer:
        return self._writer

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        with translated(self.name), self.engine.begin() as connection:
            connection.exec_driver_sql(_LOCK)
            yield connection
            connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with translated(self.name), self.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATING})
            yield connection

    def time(self, stored: Any) -> datetime:
        moment: datetime = stored
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)

    def wait(self, position: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        if self.read([(_POSITION, {})])[0][0][0] > position:
            return True
        with translated(self.name):
            return self._listener.wait(position, deadline)

    def is_lost(self, error: BaseException) -> bool:
        return is_lost(error.__cause__ or error)

    def close(self) -> None:
        self._writer.close()
        self.engine.dispose()
        self._log.dispose()

    @contextmanager
    def _driver(self) -> Iterator[psycopg.Connection[Row]]:
        pooled = self._log.raw_connection()
        try:
            driver = pooled.driver_connection
            assert isinstance(driver, psycopg.Connection)
            yield driver
        except BaseException as error:
            pooled.invalidate()  # whatever it was in the middle of
            if is_lost(error):  # what else waits in the pool is as dead as this one
                self._log.dispose()
                self.engine.dispose()
            raise
        finally:
            pooled.close()


class _Writer:
    """The one connection of this process that appends; threads take turns.

    Everything goes through one pipeline, so that only what is read is waited for.
    """

    def __init__(self, pool: Engine, name: str) -> None:
        self._pool = pool
        self._name = name
        self._turn = Lock()
        self._pooled: PoolProxiedConnection | None = None
        self._pipeline: AbstractContextManager[object] = nullcontext()
        self._is_partitioned: bool | None = None

    @property
    def _driver(self) -> psycopg.Connection[Row]:
        is_new = self._pooled is None
        if self._pooled is None:
            self._pooled = self._pool.raw_connection()
        driver = self._pooled.driver_connection
        assert isinstance(driver, psycopg.Connection)
        if is_new:  # what appends is planned once, not every time
            driver.execute("SET plan_cache_mode = force_generic_plan")
        return driver

    def __enter__(self) -> _Writer:
        self._turn.acquire()
        try:
            self._cursor = self._driver.cursor()
            self._open()
            self._cursor.execute("BEGIN")
            self._cursor.execute(_LOCK)
        except BaseException as error:
            self._drop()
            self._turn.release()
            raise_translated(self._name, error)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._cursor.execute(f"NOTIFY {_CHANNEL}")
                self._cursor.execute("COMMIT")
                self._close()
        except BaseException as caught:
            error = caught
        try:
            if error is not None:
                self._drop()  # whatever it was in the middle of: the server rolls back
                raise_translated(self._name, error)
        finally:
            self._turn.release()

    def extend(self, before: End, after: End, rows: Sequence[Row]) -> bool:
        """All in one statement, which is a transaction: one round trip."""
        with self._turn:
            try:
                if self._is_partitioned is None:
                    self._is_partitioned = bool(self._driver.execute(_IS_PARTITIONED).fetchall()[0][0])
                if self._is_partitioned:  # an id is unique within a partition only: look first
                    return False
                columns, shared, own = _shared(rows)
                sql, values = _extend(len(rows), columns), [*after, *before, *shared, *own]
                found = self._driver.cursor(binary=True).execute(sql, values, prepare=True)
                return found.rowcount == 1
            except psycopg.IntegrityError:
                return False
            except BaseException as error:
                self._drop()
                raise_translated(self._name, error)

    def _drop(self) -> None:
        if self._pooled is not None:
            with suppress(psycopg.Error):
                self._close()
            self._pooled.invalidate()
            self._pooled = None

    def _open(self) -> None:
        self._pipeline = self._driver.pipeline()
        self._pipeline.__enter__()

    def _close(self) -> None:
        pipeline, self._pipeline = self._pipeline, nullcontext()
        pipeline.__exit__(None, None, None)

    def rows(self, queries: Sequence[Query]) -> list[list[Row]]:
        return _rows(self._driver, queries)

    def run(self, queries: Sequence[Query]) -> None:
        for query in queries:
            self._cursor.execute(*query)

    def insert(self, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if len(rows) < _MANY:
            for row in rows:
                self._cursor.execute(sql, row)
            return
        self._close()  # COPY cannot be in one
        with self._driver.cursor().copy(f"COPY events ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self._open()

    def close(self) -> None:
        with self._turn:
            self._drop()


class _Listener:
    """Whoever waits first listens, for all of this process who wait; so they need one connection."""

    def __init__(self, connected: Callable[[], AbstractContextManager[psycopg.Connection[Row]]]) -> None:
        self._connected = connected
        self._told = Condition()
        self._listening = False
        self._head = 0
        """Where the log ended when the one who listens looked last."""

    def wait(self, position: int, deadline: float) -> bool:
        with self._told:
            left = deadline - time.monotonic()
            if not self._told.wait_for(lambda: not self._listening or self._head > position, left):
                return False
            if self._listening:
                return True
            self._listening, self._head = True, 0
        try:
            with self._connected() as driver:
                return self._listen(driver, position, deadline)
        finally:
            with self._told:
                self._listening = False
                self._told.notify_all()

    def _listen(self, driver: psycopg.Connection[Row], position: int, deadline: float) -> bool:
        with suppress(psycopg.errors.ReadOnlySqlTransaction):  # a replica cannot; it is looked at instead
            driver.execute(f"LISTEN {_CHANNEL}")  # before the look at the head: nothing falls between
        try:
            while (head := self._look(driver)) <= position and (left := deadline - time.monotonic()) > 0:
                for _ in driver.notifies(timeout=min(left, _POLL), stop_after=1):
                    pass
            return head > position
        finally:
            if not driver.closed:  # who listens and does not read would stop up the server's queue
                driver.execute(f"UNLISTEN {_CHANNEL}")
                for _ in driver.notifies(timeout=0):  # else what came meanwhile is kept for ever
                    pass

    def _look(self, driver: psycopg.Connection[Row]) -> int:
        head = int(driver.execute(_POSITION).fetchall()[0][0])
        with self._told:
            self._head = head
            self._told.notify_all()
        return head


@lru_cache(maxsize=64)
def _extend(count: int, shared: tuple[str, ...]) -> bytes:
    """SQL that takes position and link of the end after and before, what all rows share, then their rest.

    The head is moved only from where it was believed to be. Where somebody else moves it at the same
    time, PostgreSQL looks at it again once that one has committed, and nothing is written.
    """
    own = [column for column in COLUMNS if column not in shared]
    row = ", ".join(map(_parameter, own))
    made = ", ".join(_parameter(each) if each in shared else f"new.{each}" for each in COLUMNS)
    return f"""
        WITH locked AS MATERIALIZED ({_LOCK}),
        moved AS (
            UPDATE log_head SET position = %b, link = %b FROM locked
            WHERE log_head.position = %b AND log_head.link = %b RETURNING 1
        ),
        written AS (
            INSERT INTO events ({", ".join(COLUMNS)})
            SELECT {made} FROM moved, (VALUES {", ".join([f"({row})"] * count)}) AS new ({", ".join(own)})
        )
        SELECT pg_notify('{_CHANNEL}', '') FROM moved""".encode()  # noqa: S608  (constants of ours)


def _parameter(column: str) -> str:
    return f"%b{_CASTS.get(column, '')}"


def _shared(rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Any], list[Any]]:
    """Columns in which all rows say the same, what they say, and all the rest, row by row.

    psycopg keeps the translation of statements of up to 50 parameters: with these a turn has fewer.
    """
    first = rows[0]
    same = [place for place in _SHAREABLE if all(row[place] == first[place] for row in rows)]
    own = [place for place in range(len(COLUMNS)) if place not in same]
    values = [row[place] for row in rows for place in own]
    return tuple(COLUMNS[place] for place in same), [first[place] for place in same], values


def _rows(driver: psycopg.Connection[Row], queries: Sequence[Query]) -> list[list[Row]]:
    cursors = [driver.cursor(binary=True).execute(*query) for query in queries]
    return [cursor.fetchall() for cursor in cursors]


def is_lost(error: BaseException) -> bool:
    """Whether the connection has gone, and a new one may do."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(driver, psycopg.OperationalError) and (driver.sqlstate or "08")[:2] in ("08", "57")
