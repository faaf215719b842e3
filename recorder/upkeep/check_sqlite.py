"""Is the file of an SQLite database sound, and the disk that it is on?"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recorder.errors import DatabaseUnusable
from recorder.store.database import Database
from recorder.upkeep.check_log import missing
from recorder.upkeep.findings import Finding, fail, fine, size, warn

TRIGGERS: Final = (
    "events_keep_delete",
    "events_keep_replace",
    "events_keep_update",
    "log_head_keep_delete",
    "log_head_keep_update",
    "streams_keep_delete",
    "streams_keep_update",
)
_WHOLE: Final = 1e9
"""Bytes up to which indexes are compared with their tables too."""
_WAL: Final = 256e6
_LITTLE: Final = 64e6
_LOST: Final = (
    "Stop all that writes. `recorder copy` saves what comes before the damage, `recorder restore` "
    "brings back a backup."
)


def check_file(database: Database, file: Path) -> Iterator[Finding]:
    synchronous = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}.get(_pragma(database, "synchronous"), "?")
    journal = str(_pragma(database, "journal_mode"))
    says = f"SQLite {sqlite3.sqlite_version}, {size(file.stat().st_size)}, synchronous {synchronous}"
    yield fine("database", f"{says}, journal {journal}.")
    if journal != "wal":
        mend = f"sqlite3 {file} 'PRAGMA journal_mode=WAL'"
        yield warn("journal", "Without WAL, readers and writers wait for each other.", mend)
    free = _pragma(database, "freelist_count") * _pragma(database, "page_size")
    if free > max(100e6, file.stat().st_size / 4):
        yield warn("free pages", f"{size(free)} of the file are empty.", f"sqlite3 {file} VACUUM")


def check_writable(database: Database) -> Iterator[Finding]:
    try:
        with database.appending():
            pass
        yield fine("rights", "It can be appended to.")
    except DatabaseUnusable as error:
        yield fail("rights", str(error))


def check_pages(database: Database, file: Path) -> Iterator[Finding]:
    """Every page is read."""
    check = "integrity_check" if file.stat().st_size <= _WHOLE else "quick_check"
    found = [str(row[0]) for row in database.read([(f"PRAGMA {check}(10)", {})])[0]]
    if found == ["ok"]:
        yield fine("pages", f"{check}: ok.")
    else:
        yield fail("pages", f"{check}: {'; '.join(found)}", _LOST)


def check_triggers(database: Database) -> Iterator[Finding]:
    query = "SELECT name, 'on' FROM sqlite_master WHERE type = 'trigger'"
    yield from missing(TRIGGERS, database.read([(query, {})])[0], ("on",))


def check_wal(database: Database, file: Path, *, fix: bool) -> Iterator[Finding]:
    wal = file.with_name(file.name + "-wal")
    length = wal.stat().st_size if wal.exists() else 0
    if length and fix:
        busy = database.read([("PRAGMA wal_checkpoint(TRUNCATE)", {})])[0][0][0]
        if not busy:
            yield fine("wal", f"{size(length)} were taken over into the file.")
            return
    if length > _WAL:
        says = f"{wal} has {size(length)}: somebody has been reading for long, or nobody could clear it."
        yield warn("wal", says, "End those who read for long, then `recorder doctor --fix`.")
    else:
        yield fine("wal", f"{size(length)}.")


def check_disk(file: Path) -> Iterator[Finding]:
    free, used = shutil.disk_usage(file.parent).free, file.stat().st_size if file.exists() else 0
    if free < _LITTLE:
        yield fail(
            "disk", f"Only {size(free)} are free.", "Make room: when the disk is full, nothing is recorded."
        )
    elif free < used:
        says = f"{size(free)} are free, less than the log takes: no room for an upgrade or a backup here."
        yield warn("disk", says, "Make room.")
    else:
        yield fine("disk", f"{size(free)} are free.")


def _pragma(database: Database, name: str) -> int:
    found: int = database.read([(f"PRAGMA {name}", {})])[0][0][0]
    return found
