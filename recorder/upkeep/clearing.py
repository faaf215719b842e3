"""Clearing: what was deleted stays in places that a database no longer uses until they are overwritten.

SQLite: free space in the file and its write-ahead log. PostgreSQL: dead rows of tables and indexes,
the planner's statistics (they quote values), and segments of the write-ahead log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sqlmodel import SQLModel

from recorder.store.database import translated
from recorder.store.sql import SqlLog

_KEPT: Final = frozenset({"events", "log_head"})
"""Tables in which nothing is ever deleted."""
KEY_TABLE: Final = "stream_keys"

OUTSIDE: Final = ("backups, file system snapshots and copies of the database, and of the master key",)
OUTSIDE_SERVER: Final = (*OUTSIDE, "archived segments of the write-ahead log, and replicas of the server")
"""What no program can reach from here."""

_STATISTICS: Final = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) || coalesce(' COLLATE ' || quote_ident(c.collname), '')
FROM pg_stats s JOIN pg_attribute a ON a.attrelid = %s::regclass AND a.attname = s.attname
LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE s.schemaname = current_schema AND s.tablename = %s AND a.atttypid IN ('text'::regtype, 'bytea'::regtype)
"""
"""Columns with statistics, and their types."""


_Notice = tuple[str, str, str]
"""Severity, message and detail of what the server says."""


@dataclass(slots=True)
class Cleared:
    undone: list[str] = field(default_factory=list)
    """What could not be cleared now, and why; empty: the database holds nothing any more."""
    left: list[str] = field(default_factory=list)
    """What an operator has to see to."""


def clear(log: SqlLog, tables: Sequence[str] | None = None) -> Cleared:
    """Overwrite where deleted rows have been; takes time and room as large as the tables.

    Args:
        tables: only these; None: all in which anything is ever deleted.

    Raises:
        DatabaseUnusable: no room; locked for too long.
    """
    if log.database.dialect.name == "sqlite":
        return _clear_file(log, tables is None)
    return _clear_server(log, tables or sorted(set(SQLModel.metadata.tables) - _KEPT))


def _clear_file(log: SqlLog, whole: bool) -> Cleared:
    # Deleted rows are zeroed at once (secure_delete); what is rewritten here held copies of them. The
    # words of a text that is gone stay in FTS5's parts until these are merged into one.
    with translated(log.database.name), _driver(log) as driver:
        if whole:
            driver.execute("INSERT INTO search_words (search_words) VALUES ('optimize')")
            driver.execute("VACUUM")
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    why = "its write-ahead log: another program is reading an older state of it"
    return Cleared([why] if busy else [], list(OUTSIDE))


def _clear_server(log: SqlLog, tables: Sequence[str]) -> Cleared:
    cleared = Cleared(left=list(OUTSIDE_SERVER))
    with translated(log.database.name), _driver(log) as driver:
        driver.autocommit = True
        heard: list[_Notice] = []
        driver.add_notice_handler(lambda said: heard.append(_notice(said)))  # it is gone afterwards
        for table in tables:
            _attempt(cleared.undone, table, partial(_empty_statistics, driver, table))
            _attempt(cleared.undone, table, partial(_vacuum, driver, table, heard))
        statistics = "pg_catalog.pg_statistic"
        _attempt(cleared.undone, statistics, partial(_vacuum, driver, statistics, heard))
        wal = "segments of the write-ahead log that were written before (CHECKPOINT; pg_switch_wal)"
        for command in ("SELECT pg_switch_wal()", "CHECKPOINT"):
            failed: list[str] = []
            _attempt(failed, wal, partial(driver.execute, command))
            cleared.left += [each for each in failed if each not in cleared.left]
    return cleared


def _notice(said: Any) -> _Notice:
    return said.severity_nonlocalized or "", said.message_primary or "", said.message_detail or ""


def _vacuum(driver: Any, table: str, heard: list[_Notice]) -> None:
    """Raises _Refused where the server only warns: no right, or somebody may still read the dead rows."""
    heard.clear()
    driver.execute(f"VACUUM (FULL, ANALYZE, VERBOSE) {table}")
    for severity, message, detail in heard:
        if severity == "WARNING":
            raise _Refused(message)
        if (dead := re.match(r"\d+", detail)) and int(dead[0]):
            raise _Refused("a long transaction may still read what was deleted")


def _empty_statistics(driver: Any, table: str) -> None:
    """ANALYZE leaves those of an empty table as they are; to set a column's type to what it is drops them."""
    if driver.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608  (a table of ours)
        return
    for column, kind in driver.execute(_STATISTICS, (table, table)).fetchall():
        driver.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE {kind}')


class _Refused(Exception):
    pass


def _attempt(failed: list[str], what: str, do: Callable[[], object]) -> None:
    import psycopg

    try:
        do()
    except (_Refused, psycopg.errors.LockNotAvailable, psycopg.errors.InsufficientPrivilege) as error:
        failed.append(f"{what}: {str(error).splitlines()[0]}")


@contextmanager
def _driver(log: SqlLog) -> Iterator[Any]:
    """A connection outside any transaction, closed afterwards."""
    pooled = log.engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.invalidate()
