"""Who tries again and again has to wait, longer each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

QUIET: Final = 3600.0
"""Seconds after which earlier attempts no longer count."""
KEPT: Final = 10_000
"""Names or addresses that are remembered."""


class Throttle:
    """Counts attempts by name or by address, before it is known how they end: many at once count too.

    In memory, for any thread. Who may have to wait is nobody who is signed in.
    """

    def __init__(self, free: int, longest: float, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """Args:
        free: attempts without any wait.
        longest: seconds that the wait grows to; each is twice the one before, from one second.
        """
        self._free, self._longest, self._seconds = free, longest, seconds
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def enter(self, key: str, known: int = 0) -> float:
        """Count an attempt. Returns how many seconds are to be waited; it does not count then.

        Args: known: how many failed in a row, as somebody else knows.
        """
        with self._lock:
            now = self._seconds()
            count, since = self._count(key, now)
            if known > count:
                count, since = known, now if count == 0 else since
            wait = since + self._delay(count) - now
            self._keep(key, count if wait > 0 else count + 1, since if wait > 0 else now)
            return max(wait, 0.0)

    def count(self, key: str) -> int:
        """Attempts in a row."""
        with self._lock:
            return self._count(key, self._seconds())[0]

    def leave(self, key: str) -> None:
        """It went well: the next one begins anew."""
        with self._lock:
            self._tries.pop(key, None)

    def _count(self, key: str, now: float) -> tuple[int, float]:
        count, since = self._tries.get(key, (0, now))
        return (0, now) if now - since > QUIET else (count, since)

    def _delay(self, count: int) -> float:
        return 0.0 if count < self._free else min(2.0 ** min(count - self._free, 30), self._longest)

    def _keep(self, key: str, count: int, since: float) -> None:
        self._tries[key] = count, since
        self._tries.move_to_end(key)
        while len(self._tries) > KEPT:
            self._tries.popitem(last=False)
