"""The condition of a log's database: how large it is, what room it has, whether it takes events."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import Final
from urllib.parse import quote

from recorder.read_models.registry import MODELS
from recorder.store.database import Database, translated
from recorder.store.sqlite import SqliteDatabase

_BESIDE: Final = ("", "-wal", "-shm")
_CAUGHT_UP: Final = "SELECT model, max(position) FROM caught_up WHERE state = 'serving' GROUP BY model"
_RIGHTS: Final = """SELECT
    NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off',
    has_table_privilege('events', 'INSERT')"""


def size(database: Database) -> int:
    """Bytes on disk, with what is not yet merged into it."""
    if isinstance(database, SqliteDatabase):
        files = [database.file.with_name(database.file.name + end) for end in _BESIDE]
        return sum(file.stat().st_size for file in files if file.exists())
    return int(database.read([("SELECT pg_database_size(current_database())", {})])[0][0][0])


def room(database: Database) -> int | None:
    """Bytes that are free where its file lies; None: a server's disk, which only the server knows."""
    if isinstance(database, SqliteDatabase):
        return shutil.disk_usage(database.file.parent).free
    return None


def refusal(database: Database) -> str:
    """Why it would take no event now; empty where it would. Leaves nothing behind."""
    if isinstance(database, SqliteDatabase):
        return _locked(database)
    writable, granted = database.read([(_RIGHTS, {})])[0][0]
    return "" if writable and granted else "no right to append" if writable else "it is read-only"


def _locked(database: SqliteDatabase) -> str:
    """Writes as those do who append, and undoes it; that another one has their lock is a good sign."""
    address = f"file:{quote(str(database.file))}?mode=rw"
    with translated(database.name), closing(_driver(address)) as driver:
        try:
            driver.execute("BEGIN IMMEDIATE")
            driver.execute("UPDATE log_head SET position = position")  # the lock is given to readers, too
            driver.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return "it is read-only"
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
    return ""


def _driver(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)


def progress(database: Database) -> tuple[int, dict[str, int]]:
    """Position of the log's latest event, and those that the read models have followed it to, by name.

    One that was never made is at 0.
    """
    head, models = database.read([("SELECT position FROM log_head", {}), (_CAUGHT_UP, {})])
    return head[0][0], dict.fromkeys(MODELS, 0) | dict(models)
