"""The log's database in a file: SQLite, write-ahead, each commit on disk."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, QueuePool, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from recorder.errors import DatabaseUnusable
from recorder.store.database import BUSY_TIMEOUT, End, Query, Row, raise_translated, translated
from recorder.store.statements import statements

_POLL: Final = 0.05
"""Seconds between two looks at the head."""


class SqliteDatabase:
    """A `Database` in a file. The driver's own connections are in autocommit."""

    most_unseen = sys.maxsize
    dialect: Dialect = sqlite.dialect(paramstyle="named")
    row_dialect: Dialect = sqlite.dialect(paramstyle="qmark")

    def __init__(self, file: Path, *, create: bool = False, synchronous: str = "FULL") -> None:
        """Args:
            synchronous: FULL: what is committed survives the loss of power. NORMAL: it survives the
                end of the process, and the last commits may be lost with the power.

        Raises:
            DatabaseUnusable: there is no such file and `create` is not set, or no such folder.
        """
        if not file.parent.is_dir():
            raise DatabaseUnusable(str(file), f"there is no folder {file.parent}", "Make it first.")
        if file.is_dir():
            raise DatabaseUnusable(str(file), "it is a folder", "Name a file in it.")
        if not create and not file.exists():
            raise DatabaseUnusable(str(file), "there is no such file", "Run `recorder init` to make it.")
        self.file = file
        self.name = str(file)
        address = f"file:{quote(os.fsencode(file))}?mode={'rwc' if create else 'rw'}"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            connection.execute(f"PRAGMA synchronous={'NORMAL' if synchronous == 'NORMAL' else 'FULL'}")
            connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten
            return connection

        self.engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1)
        event.listen(self.engine, "begin", _begin)
        self._writer = _Writer(connect, self.name)

    def read(self, queries: Sequence[Query]) -> list[list[Row]]:
        with self._driver() as driver:
            return [driver.execute(*query).fetchall() for query in queries]

    def extend(self, before: End, after: End, rows: Sequence[Row]) -> bool:
        try:
            with self._writer as writer:
                writer.extend(before, after, rows)
        except sqlite3.IntegrityError:
            return False
        return True

    def appending(self) -> _Writer:
        return self._writer

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        with translated(self.name), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with translated(self.name):
            with self._driver() as driver:  # not in a transaction; the file remembers
                driver.execute("PRAGMA journal_mode=WAL")
            with self.engine.execution_options(writes=True).begin() as connection:
                yield connection

    def time(self, stored: Any) -> datetime:
        return datetime.fromisoformat(stored + "+00:00")

    def wait(self, position: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while (moved := self._head() <= position) and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(_POLL, left))
        return not moved

    def is_lost(self, error: BaseException) -> bool:
        return False

    def close(self) -> None:
        self._writer.close()
        self.engine.dispose()

    def _head(self) -> int:
        return int(self.read([("SELECT position FROM log_head", {})])[0][0][0])

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Connection]:
        with translated(self.name):
            pooled = self.engine.raw_connection()
            try:
                driver = pooled.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                yield driver
            finally:
                pooled.close()


class _Writer:
    """The one connection of this process that appends; threads take turns."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str) -> None:
        self._connect = connect
        self._name = name
        self._turn = Lock()
        self._open: sqlite3.Connection | None = None
        self._sql = statements(SqliteDatabase.dialect, SqliteDatabase.row_dialect)

    def __enter__(self) -> _Writer:
        self._turn.acquire()
        try:
            if self._open is None:
                self._open = self._connect()
            self._driver = self._open
            self._driver.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._turn.release()
            raise_translated(self._name, error)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._driver.execute("COMMIT")
        except BaseException as caught:
            error = caught
        try:
            if error is not None:
                if self._driver.in_transaction:
                    self._driver.execute("ROLLBACK")
                raise_translated(self._name, error)
        finally:
            self._turn.release()

    def rows(self, queries: Sequence[Query]) -> list[list[Row]]:
        return [self._driver.execute(*query).fetchall() for query in queries]

    def run(self, queries: Sequence[Query]) -> None:
        for query in queries:
            self._driver.execute(*query)

    def insert(self, sql: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._driver.executemany(sql, rows)

    def extend(self, before: End, after: End, rows: Sequence[Row]) -> None:
        """Raises sqlite3.IntegrityError where the log does not end at `before`."""
        if len(rows) == 1:
            self._driver.execute(self._sql.event, rows[0])
        else:
            self._driver.executemany(self._sql.event, rows)
        if self._driver.execute(self._sql.advance, (*after, *before)).rowcount != 1:
            raise sqlite3.IntegrityError("the log has moved on")

    def close(self) -> None:
        with self._turn:
            if self._open is not None:
                self._open.close()
                self._open = None


def _begin(connection: Connection) -> None:
    # Writers lock at once: a transaction that reads first and writes later cannot wait for another writer.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
