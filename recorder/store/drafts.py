"""Files that appear whole or not at all: written in a folder beside their place, then moved there.

Whoever writes holds a lock on the folder of drafts, which the system takes away when the process ends,
however it ends. So what a killed process left behind can be told from what is being written.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = ".recorder-writing-"


@contextmanager
def drafting(place: Path) -> Iterator[Path]:
    """A new folder in `place` to write in; it goes at the end, with what was not moved out of it.

    Raises:
        OSError: no room, no rights.
    """
    folder, lock = _locked_folder(place)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def write_through(path: Path, content: bytes) -> None:
    """On disk when this returns. Raises OSError."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """What was moved into the folder stays there even if the power goes now. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def abandoned(place: Path) -> list[Path]:
    """The folders of drafts that processes left there which are no more."""
    return [folder for folder in _folders(place) if _left(folder)]


def sweep(place: Path) -> list[Path]:
    """Remove the abandoned ones; returns those that went."""
    return [folder for folder in _folders(place) if _left(folder, _remove) and not folder.exists()]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else is in here with the same folder meanwhile; waits. Raises OSError."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        _lock(lock)
        yield
    finally:
        os.close(lock)


def _locked_folder(place: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with suppress(FileNotFoundError):  # swept before it was locked: another one, then
            lock = os.open(folder, os.O_RDONLY)
            _lock(lock)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _folders(place: Path) -> list[Path]:
    return sorted(place.glob(f"{_PREFIX}*"))


def _left(folder: Path, meanwhile: Callable[[Path], None] = lambda folder: None) -> bool:
    """Whether nobody writes there any more; if so, `meanwhile` is done, and nobody begins to until then."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # it has just gone, or is not ours
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        meanwhile(folder)
    except OSError:  # held, or a file system that knows no locks: then nothing is known
        return False
    finally:
        os.close(opened)
    return True


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _lock(opened: int) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
    except OSError:
        return  # a file system that knows no locks
