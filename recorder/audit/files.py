"""Small files that are written once: keys, checkpoints, proofs."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from recorder.errors import AuditFileUnusable, OutputUnwritable


def write_new(file: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Whole and on disk when this returns, or not at all; never over what is there.

    Raises:
        OutputUnwritable: it is there already, or the folder cannot be written to.
    """
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.") as part:
            part.write(content)
            part.flush()
            os.fchmod(part.fileno(), mode)
            os.fsync(part.fileno())
            os.link(part.name, file)
        _keep(file.parent)
    except FileExistsError:
        raise OutputUnwritable(file, "it is there already") from None
    except OSError as error:
        raise OutputUnwritable(file, error.strerror or str(error)) from error


def _keep(folder: Path) -> None:
    """The folder's entry is on disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(file: Path) -> bytes:
    """Raises AuditFileUnusable."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise AuditFileUnusable(file, error.strerror or str(error)) from None


def read_object(file: Path, *formats: str) -> dict[str, Any]:
    """A JSON object that says of itself that it has one of the formats. Raises AuditFileUnusable."""
    try:
        content = orjson.loads(read(file))
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("format") not in formats:
        raise AuditFileUnusable(file, f"it is not what this program calls a {' or '.join(formats)}")
    return content


def as_json(content: dict[str, Any]) -> bytes:
    """For people and programs: indented, a line feed at the end."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
