"""Are the files sound that are not the log: models, exports, what was left half written?"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from recorder.errors import ModelError
from recorder.upkeep.findings import Finding, fail, fine, warn

_HALF_WRITTEN: Final = re.compile(r"\..+\.\d+\.new(-wal|-shm|-journal)?")
_MODEL: Final = ".writing-*"
_OLD: Final = 3600.0
"""Seconds after which nobody is still writing it."""
_MANIFEST: Final = "manifest.json"


def check_leftovers(folder: Path, *, fix: bool) -> Iterator[Finding]:
    """Backups and exports that were interrupted."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if _HALF_WRITTEN.fullmatch(path.name) and path.is_file() and _is_old(path):
            if fix:
                path.unlink(missing_ok=True)
            yield _left(path, fix=fix)


def check_models(folder: Path, *, fix: bool) -> Iterator[Finding]:
    from recorder.store.model_files import ModelFiles  # brings numpy

    if not folder.is_dir():
        yield fine("models", f"There is no folder {folder} yet; `recorder train` makes it.")
        return
    files, sound = ModelFiles(folder), 0
    for path in sorted(folder.glob("*/metadata.json")):
        if path.parent.match(_MODEL):
            continue
        try:
            files.load(path.parent.name)
            sound += 1
        except ModelError as error:
            yield fail("models", str(error))
    for path in sorted(folder.glob(_MODEL)):
        if _is_old(path):
            yield from _left_model(path, fix=fix)
    yield fine("models", f"{sound} can be loaded.")


def _left_model(path: Path, *, fix: bool) -> Iterator[Finding]:
    """A model that was being written; or the one before, if it was moved aside and nothing took its place."""
    try:
        model = str(orjson.loads((path / "metadata.json").read_bytes())["id"])
    except (OSError, ValueError, KeyError, TypeError):
        model = ""
    if model and Path(model).name == model and not (place := path.with_name(model)).exists():
        yield warn(
            "leftovers", f"{path} is model {model}, and nothing is in its place.", f"mv {path} {place}"
        )
        return
    if fix:
        shutil.rmtree(path, ignore_errors=True)
    yield _left(path, fix=fix)


def check_export(folder: Path, *, fix: bool) -> Iterator[Finding]:
    """Whether its files are those that its manifest names."""
    again = "Run `recorder export --force` again."
    try:
        named = orjson.loads((folder / _MANIFEST).read_bytes())["files"]
        wanted = {str(name): str(digest) for name, digest in named.items()}
    except OSError as error:
        yield fail("export", f"{folder / _MANIFEST}: {error.strerror or error}", again)
        return
    except (ValueError, KeyError, TypeError, AttributeError):
        yield fail("export", f"{folder / _MANIFEST} is no manifest of an export.", again)
        return
    differing = [name for name, digest in wanted.items() if _digest(folder / name) != digest]
    if differing:
        says = f"{folder}: {', '.join(differing)} not as exported: changed since, or half written."
        yield warn("export", says, again)
    else:
        yield fine("export", f"{folder}: all {len(wanted)} files are as they were exported.")
    yield from check_leftovers(folder, fix=fix)


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _left(path: Path, *, fix: bool) -> Finding:
    if fix and not path.exists():
        return fine("leftovers", f"{path} was removed.")
    return warn("leftovers", f"{path} was left half written.", "Run `recorder doctor --fix`.")


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _OLD
