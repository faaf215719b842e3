"""Filters with a name, folded from the stream of one person, or from that of the team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recorder.errors import FilterUnusable
from recorder.events.event import JsonObject, Recorded
from recorder.events.filters import FilterDropped, FilterSaved

LONGEST: Final = 60
"""Characters of a name."""
MOST: Final = 50
"""Names that one stream holds at a time."""


@dataclass(frozen=True, slots=True)
class Saved:
    name: str
    shown: JsonObject
    by: str


def replay(records: Iterable[Recorded]) -> dict[str, Saved]:
    """Name -> what it means now, by name."""
    found: dict[str, Saved] = {}
    for record in records:
        match record.event:
            case FilterSaved(name=name, shown=shown):
                found[name] = Saved(name, shown, record.actor)
            case FilterDropped(name=name):
                found.pop(name, None)
            case _:
                pass
    return dict(sorted(found.items(), key=lambda each: (each[0].casefold(), each[0])))


def new(there: Iterable[str], name: str, shown: JsonObject) -> FilterSaved:
    """What is to be written. `there`: names that are taken already, which is no hindrance.

    Raises FilterUnusable: it is no name, or there are too many.
    """
    name, taken = name.strip(), set(there)
    if not name or len(name) > LONGEST or not name.isprintable():
        raise FilterUnusable(f"A name is one line of 1 to {LONGEST} characters.")
    if len(taken | {name}) > MOST:
        raise FilterUnusable(f"There are {MOST} already: delete one first.")
    return FilterSaved(name, shown)
