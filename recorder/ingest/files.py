"""From paths to sources: folders are walked, files are told apart by what is in them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from recorder.errors import SourceUnreadable
from recorder.ingest.delivery import Skipped, Source
from recorder.ingest.text_files import TextFile
from recorder.ingest.tracker_store import TrackerStore, is_sqlite

STANDARD_INPUT: Final = "-"
_SIDECARS: Final = ("-wal", "-shm", "-journal")


def open_sources(paths: Iterable[str], scratch: Path) -> tuple[list[Source], list[Skipped]]:
    """Open all files of the paths, and say which could not be used and why.

    Args:
        paths: files, folders (with all that is in them, hidden files left out), or `-`.
        scratch: an empty folder, for what can be read only once: `-` and pipes.
    """
    sources: list[Source] = []
    skipped = []
    for path in paths:
        files = list(_files(path))
        if not files:
            skipped.append(Skipped(_shown(path), None, "a folder without files"))
        for file in files:
            try:
                sources.append(_open(file, scratch))
            except SourceUnreadable as error:
                skipped.append(Skipped(error.file, None, error.reason))
    return sources, skipped


def _files(path: str) -> Iterator[str]:
    if path in (STANDARD_INPUT, "") or not Path(path).is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_SIDECARS):
                yield str(Path(folder, name))


def _open(file: str, scratch: Path) -> Source:
    name = _shown(file)
    try:
        path = _seekable(file, scratch)
        return TrackerStore(name, path) if is_sqlite(path) else TextFile(name, path)
    except FileNotFoundError:
        raise SourceUnreadable(name, "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceUnreadable(name, getattr(error, "strerror", None) or str(error)) from None


def _shown(file: str) -> str:
    """A name that can be printed and stored: the file system allows bytes that are no text."""
    return os.fsencode(file).decode("utf-8", "replace")


def _seekable(file: str, scratch: Path) -> Path:
    """The file itself; a copy where it can be read only once."""
    path = Path(file)
    if file != STANDARD_INPUT and (path.is_file() or not path.exists()):
        return path
    copy = scratch / str(len(list(scratch.iterdir())))
    with sys.stdin.buffer if file == STANDARD_INPUT else path.open("rb") as origin, copy.open("wb") as to:
        shutil.copyfileobj(origin, to)
    return copy
