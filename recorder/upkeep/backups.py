"""Backups: the log in one SQLite file, whole or not there, and back into a database.

A backup holds what the log holds, payloads encrypted where they are, with the streams' keys wrapped
under the master key; never the master key itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from recorder.audit.rows import open_rows
from recorder.errors import CopyRefused, DatabaseUnusable, OutputUnwritable
from recorder.store.database import database_file, file_url, translated
from recorder.store.schema import upgrade
from recorder.upkeep.copying import Copied, Progress, copy, make_target, silent

BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite puts beside a file, by the end of its name."""


def back_up(url: str, out: Path, *, again: bool = False, progress: Progress = silent) -> Copied:
    """Write the log at a URL, which may be in use, to a file of its own.

    Args:
        again: add what is new to a backup that is there, and take over what was forgotten since.

    Raises:
        CopyRefused: the file is there and `again` is not set, or it is of another log.
        OutputUnwritable, EventAltered, DatabaseUnusable, DatabaseOutOfDate: there is no new backup.
    """
    with closing(open_rows(url)) as source:
        if out.exists():
            ours = database_file(url)
            if not again or (ours is not None and out.samefile(ours)):
                advice = "" if again else "Use --update to add what is new to it."
                raise CopyRefused(source.name, str(out), "the file is there already", advice)
            done = _fill(url, out, progress)
        else:
            with _appearing(out) as draft:
                done = _fill(url, draft, progress)
    done.target = str(out)
    return done


def restore(backup: Path, url: str, *, progress: Progress = silent) -> Copied:
    """Copy a backup into a database that holds no event yet: all of it, or nothing.

    Raises:
        CopyRefused: the database holds events.
        EventAltered, DatabaseUnusable, DatabaseOutOfDate: as `copy_log`.
    """
    if not backup.is_file():
        raise DatabaseUnusable(str(backup), "there is no such file")
    with closing(open_rows(file_url(backup))) as source:
        make_target(url)
        with closing(open_rows(url)) as target:
            return copy(source, target, whole=True, progress=progress)


def _fill(url: str, file: Path, progress: Progress) -> Copied:
    upgrade(file_url(file), encrypted=False)
    with closing(open_rows(url)) as source, closing(open_rows(file_url(file))) as target:
        done = copy(source, target, progress=progress)
    with translated(str(file)), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file, which may lie on a read-only disk
    return done


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """A file beside it to be written, which takes its name when all went well."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))  # it holds what people said
        yield draft
        _flush(draft)
        draft.rename(file)
        _flush(file.parent)
    except OSError as error:
        raise OutputUnwritable(file, error.strerror or str(error)) from error
    finally:
        for end in BESIDE:
            with suppress(OSError):
                draft.with_name(draft.name + end).unlink(missing_ok=True)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
