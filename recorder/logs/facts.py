"""What a line of the log may hold: these keys, and under each only what has its shape.

A sender's name, a text or a password has the shape of none of them; what has not is left out, and
`masked` counts it. Sessions are told apart by a digest under a salt that dies with the process.
"""

from __future__ import annotations

import errno
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, MutableMapping
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, Final

_SALT: Final = os.urandom(16)
_FRAMES: Final = 30
"""Of a traceback, the last ones."""
_CAUSES: Final = 5
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")
_CODE: Final = re.compile(r"[A-Z0-9_]{2,40}")
_PLACE: Final = re.compile(r"[\w./<>-]{1,120}:\d+")
_TIME: Final = re.compile(r"[0-9T:.-]{19,26}Z")


class Digest(str):
    """Stands for a name, as long as this process lives."""

    __slots__ = ()


def digest(name: str) -> Digest:
    return Digest(blake2b(name.encode("utf-8", "replace"), key=_SALT, digest_size=6).hexdigest())


def place_of(path: str, line: int | None) -> str:
    """Where in the source: the file as it is imported, without the folders before that."""
    roots = [root for root in sys.path if root and path.startswith(f"{root}{os.sep}")]
    inner = path[len(max(roots, key=len)) + 1 :] if roots else PurePath(path).name
    return f"{inner}:{line or 0}"


def _number(value: object) -> float | None:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _names(value: object) -> list[str] | None:
    names = [_name(each) for each in value] if isinstance(value, list | tuple) else [None]
    return [name for name in names if name] if all(names) else None


def _stream(value: object) -> str | int | None:
    """A number, or what `digest` made of its name."""
    return value if isinstance(value, Digest) or type(value) is int else None


def _types(value: object) -> str | None:
    """The class of an exception and of those behind it; never its words, which may quote anything."""
    kinds: list[str] = []
    while value is not None and len(kinds) < _CAUSES:
        kind = value if isinstance(value, type) else type(value)
        if not issubclass(kind, BaseException):
            return None
        kinds.append(kind.__name__ + _code(value))
        value = _behind(value)
    return " < ".join(kinds) or None


def _code(value: object) -> str:
    """What the database or the system calls it: a constant of theirs."""
    number = value.errno if isinstance(value, OSError) else None
    found = getattr(value, "sqlite_errorname", None) or getattr(value, "sqlstate", None)
    found = found or errno.errorcode.get(number or 0)
    return f" ({found})" if isinstance(found, str) and _CODE.fullmatch(found) else ""


def _behind(value: object) -> BaseException | None:
    if not isinstance(value, BaseException):
        return None
    return value.__cause__ or (None if value.__suppress_context__ else value.__context__)


def _frames(value: object) -> list[str] | None:
    """Where an exception came from, innermost last: files, lines and functions, without values."""
    if not isinstance(value, BaseException):
        return None
    frames = traceback.walk_tb(value.__traceback__)
    found = [f"{place_of(f.f_code.co_filename, line)} {f.f_code.co_name}" for f, line in frames]
    return found[-_FRAMES:]


def _matching(shape: re.Pattern[str]) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and shape.fullmatch(value) else None


FACTS: Final[dict[str, Callable[[object], object]]] = {
    "event": _name,
    "level": _name,
    "timestamp": _matching(_TIME),
    "command": _name,
    "version": _name,
    "database": _name,  # its kind
    "place": _matching(_PLACE),
    "error": _types,
    "traceback": _frames,
    "stream": _stream,
    "model": _name,  # of read models
    "checks": _names,
    "schema_from": _name,
    "schema_to": _name,
    "from_position": _number,
    "to_position": _number,
    "position": _number,
    "appends": _number,
    "events": _number,
    "new": _number,
    "sessions": _number,
    "skipped": _number,
    "stories": _number,
    "times": _number,
    "seconds": _number,
    "port": _number,
    "code": _number,
    "masked": _number,
}
"""Key -> what makes of a value that which is logged; None: it may not be."""


def only_facts(_logger: object, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """A processor of structlog: nothing passes that is not in `FACTS`."""
    kept: dict[str, Any] = {"event": "unnamed"}
    masked = 0
    for key, value in line.items():
        shape = FACTS.get(key)
        fact = shape(value) if shape and value is not None else None
        if fact is not None:
            kept[key] = fact
        elif value is not None:
            masked += 1
    return {**kept, "masked": masked} if masked else kept
