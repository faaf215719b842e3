"""The condition of a log's database: how large it is, what room it has, whether it takes events."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import Final
from urllib.parse import quote

from recorder.store.database import Database, translated
from recorder.store.sqlite import SqliteDatabase

_BESIDE: Final = ("", "-wal", "-shm")
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
    """Why it would take no event now; empty where it would. Writes nothing."""
    if isinstance(database, SqliteDatabase):
        return _locked(database)
    writable, granted = database.read([(_RIGHTS, {})])[0][0]
    return "" if writable and granted else "no right to append" if writable else "it is read-only"


def _locked(database: SqliteDatabase) -> str:
    """Takes the lock of those who write, for a moment; that another one has it is a good sign."""
    address = f"file:{quote(str(database.file))}?mode=rw"
    with translated(database.name), closing(sqlite3.connect(address, uri=True, timeout=0)) as driver:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return "it is read-only"
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
    return ""


def progress(database: Database) -> tuple[int, dict[str, int]]:
    """Position of the log's latest event, and those that the read models have followed it to, by name.

    One that was never made is at 0.
    """
    head, models = database.read(
        [("SELECT position FROM log_head", {}), ("SELECT model, position FROM caught_up", {})]
    )
    return head[0][0], {"sessions": 0, **dict(models)}
