"""Group commit: what comes while a transaction is under way goes into the next one, all together.

The first to come writes at once; who comes meanwhile queues up, and the first of those writes for all
of them. Who comes alone waits for nobody, and no thread of ours runs in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST: Final = 256
"""Items in one transaction, at most."""


class _Place(Generic[T]):
    """One caller in the queue."""

    __slots__ = ("item", "leads", "woken")

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        """It is to write what has queued up."""
        self.woken = Lock()
        """Held until it is written, or leads."""


class GroupCommit(Generic[T]):
    """Writes what many threads bring, some at a time, in the order in which they came."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        """Args: write: takes the items of one transaction; it raises nothing, but tells each item."""
        self._write = write
        self._turn = Lock()
        self._busy = False
        self._queue: deque[_Place[T]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for the transaction before theirs."""
        return len(self._queue)

    def submit(self, item: T) -> None:
        """Returns when `write` has had the item."""
        with self._turn:
            mine = _Place(item) if self._busy else None
            self._busy = True
            if mine is not None:
                mine.woken.acquire()
                self._queue.append(mine)
        if mine is None:
            self._lead([item])
        else:
            self._wait(mine)

    def _wait(self, mine: _Place[T]) -> None:
        try:
            mine.woken.acquire()
        except BaseException:  # interrupted: nobody must wait for it to lead
            with self._turn:
                if mine in self._queue and not mine.leads:
                    self._queue.remove(mine)
            raise
        finally:
            if mine.leads:
                self._lead_queue()

    def _lead_queue(self) -> None:
        """Write what has queued up, the leader's own first."""
        with self._turn:
            group = [self._queue.popleft() for _ in range(min(len(self._queue), _MOST))]
        self._lead([place.item for place in group])
        for place in group[1:]:
            place.woken.release()

    def _lead(self, items: Sequence[T]) -> None:
        """Write, then let the first who has queued up meanwhile do the same."""
        try:
            self._write(items)
        finally:
            with self._turn:
                self._busy = bool(self._queue)
                if self._busy:
                    self._queue[0].leads = True
                    self._queue[0].woken.release()
