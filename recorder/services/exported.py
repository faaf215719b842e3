"""A folder that exports were written to: what its manifest says of it, and whether that is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from recorder.events.event import JsonObject
from recorder.formats.problems import Problem
from recorder.store.drafts import abandoned

MANIFEST: Final = "manifest.json"


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def read_manifest(folder: Path) -> JsonObject:
    """What the folder's manifest says; empty where there is none."""
    try:
        found = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def exported(folder: Path) -> dict[str, str]:
    """File -> digest, of the export that the manifest tells of."""
    files = read_manifest(folder).get("files")
    return files if isinstance(files, dict) else {}


def is_as_written(path: Path, digests: Mapping[str, str]) -> bool:
    """Whether a file is what a manifest's `files` says of it."""
    try:
        return digest(path.read_bytes()) == digests.get(path.name)
    except OSError:
        return False


def cut_short(folder: Path) -> dict[str, str]:
    """File -> digest, of an export into the folder whose process was killed while it put the files there."""
    found = (exported(drafts) for drafts in abandoned(folder))
    return {name: digest for files in found for name, digest in files.items()}


def problems(folder: Path) -> Iterator[Problem]:
    """The files that are not what the manifest beside them says."""
    listed, unfinished = exported(folder), cut_short(folder)
    for name in listed | unfinished:
        path = folder / name
        if not path.exists() or is_as_written(path, listed):
            continue
        if is_as_written(path, unfinished):
            reason = f"not what {MANIFEST} tells of: an export was cut short here. Export again"
        elif name in listed:
            reason = f"changed since it was exported: {MANIFEST} tells of other content"
        else:
            continue
        yield Problem(str(path), None, reason)
