"""The files of an export, written whole or not at all, and noted in the log."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import orjson

from recorder.errors import OutputExists, OutputUnwritable
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import export_stream
from recorder.services.compiling import MANIFEST, STORIES, Export
from recorder.store.log import EventLog


def write(export: Export, out: Path, *, force: bool = False) -> None:
    """Write the files; each one appears whole or not at all, the manifest last.

    Stories of an earlier export in the other notation go, so that no trainer reads both.

    Raises:
        OutputExists: one of them is there already and `force` is not set; nothing was written.
        OutputUnwritable: the folder cannot be written to; nothing of it was replaced.
    """
    taken = [out / name for name in export.files if (out / name).exists()]
    if taken and not force:
        raise OutputExists(taken[0])
    if folder := next((path for path in taken if path.is_dir()), None):
        raise OutputUnwritable(folder, "it is a folder")
    outdated = _outdated(out, export)
    drafts = {name: out / f".{name}.{os.getpid()}.new" for name in export.files}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in export.files.items():
            _write_through(drafts[name], content)
        for name, draft in drafts.items():
            draft.replace(out / name)
        for path in outdated:
            path.unlink()
    except OSError as error:
        raise OutputUnwritable(out, error.strerror or str(error)) from error
    finally:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _outdated(out: Path, export: Export) -> list[Path]:
    """An earlier export's stories in the other notation, if they are as it wrote them."""
    try:
        earlier = orjson.loads((out / MANIFEST).read_bytes())["files"]
        others = [name for name in STORIES.values() if name not in export.files and name in earlier]
        return [out / name for name in others if _digest((out / name).read_bytes()) == earlier[name]]
    except (OSError, ValueError, KeyError, TypeError):  # no export of ours is there
        return []


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record(log: EventLog, export: Export, *, actor: str) -> None:
    """Note in the log that the export was made; the same export is noted once."""
    digest = _digest(export.files[MANIFEST])
    event = SessionsExported(export.manifest["log_position"], digest, export.manifest["counts"])
    stream = export_stream(digest[:16])
    if log.version(stream) == 0:
        log.append(stream, [event], actor=actor)
