"""Events to keep for ever: two of each type, one with all of its fields, one with as few as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recorder.events.event import Event, declared, defaults

OBJECT = {"name": "größer 😀", "parts": [1, 2.5, None, True, {"x": "y"}], "start": 0}
VALUES: dict[str, Any] = {
    "str": "tést",
    "int": 7,
    "float": 0.875,
    "bool": True,
    "JsonObject": OBJECT,
    "Any": ["a", OBJECT],
    "tuple[str, ...]": ("e1", "e2"),
    "tuple[int, ...]": (1, 20),
    "tuple[JsonObject, ...]": (OBJECT,),
    "Ranking": (("greet", 0.75), ("bye", 0.25)),
}
"""Type of a field, without `| None` -> what it holds."""


def samples(kind: type[Event]) -> Iterator[Event]:
    """The full one, and the bare one."""
    whole = {name: VALUES[of.removesuffix(" | None")] for name, of in declared(kind).items()}
    needed = [name for name in whole if name not in defaults(kind)]
    yield kind(**whole)
    yield kind(**{name: whole[name] for name in needed})
