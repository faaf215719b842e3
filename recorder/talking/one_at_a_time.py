"""Callers who come under one name take turns, in the order in which they came; others go on meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class OneAtATime:
    """Turns by name. What is held in memory are the callers who are there now."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queues: dict[str, deque[Lock]] = {}
        """Of each name those who are there; the first has its turn. A lock is held until it is one's turn."""

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Waits until all who came before under this name are done."""
        mine = Lock()
        mine.acquire()
        with self._lock:
            queue = self._queues.setdefault(name, deque())
            queue.append(mine)
            if len(queue) == 1:
                mine.release()
        try:
            mine.acquire()
            yield
        finally:
            with self._lock:
                was_first = queue[0] is mine  # else it was interrupted while it waited
                queue.remove(mine)
                if not queue:
                    del self._queues[name]
                elif was_first:
                    queue[0].release()
