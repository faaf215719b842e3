"""What was worked out of one state of the tables and need not be worked out again while it lasts.

A cache for all threads of a process: bounded, emptied as soon as the read models have moved on, and
nothing is lost with it. What is found by it is exact: page 7 begins where six pages of this state end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeVar, cast

MOST: Final = 10_000
"""Things that are kept, at most; then all go."""

T = TypeVar("T")

Place = tuple[Any, str]
"""Of a session in a list: what it is sorted by, and the session as the tables name it."""


@dataclass(slots=True)
class State:
    """Of one state of the tables."""

    stamp: Hashable
    _found: dict[Hashable, Any] = field(default_factory=dict)
    _ends: dict[Hashable, dict[int, Place]] = field(default_factory=dict)

    def known(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What is known under this key, worked out if nothing is."""
        found = self._found
        if key not in found:
            if len(found) >= MOST:
                self._found = found = {}
            found[key] = work_out()
        return cast(T, found[key])

    def end(self, order: Hashable, rows: int, place: Place) -> None:
        """Note which session comes last after so many rows of a list."""
        ends = self._ends.get(order, {})
        if len(self._ends) >= MOST or len(ends) >= MOST:
            self._ends, ends = {}, {}
        self._ends[order] = {**ends, rows: place}  # another thread may be looking at it

    def nearest(self, order: Hashable, rows: int) -> tuple[int, Place | None]:
        """The last end that is known at or before so many rows: how many they are there, and its place."""
        ends = self._ends.get(order, {})
        before = max((each for each in ends if each <= rows), default=0)
        return before, ends.get(before)


class Kept:
    """The latest state that anybody looked at."""

    def __init__(self) -> None:
        self._state = State(None)
        self._lock = Lock()

    def of(self, stamp: Hashable) -> State:
        with self._lock:
            if self._state.stamp != stamp:
                self._state = State(stamp)
            return self._state
