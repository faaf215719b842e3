"""Who is served when: one request of a session after the other, different sessions side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from recorder.api.answers import Refused

T = TypeVar("T")

WORKERS: Final = 64
"""Sessions that are served at the same time."""
QUICK: Final = 16
"""Of these, those that began less than `SLOW` seconds ago. More threads that all want the processor only
take turns at random, so that some sessions would wait ten times as long as others."""
SLOW: Final = 0.5
"""Seconds after which a session is taken to wait for an action, and holds up nobody else."""
READERS: Final = 8
"""Requests that only read, beside those."""
MOST: Final = 1_000
"""Requests that may wait or be served in all."""
MOST_OF_ONE: Final = 50
"""Of one session."""


@dataclass(slots=True)
class _Line:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Gives turns in the order in which they were asked for."""
    waiting: int = 0


class _Once:
    """Does something the first time that it is called."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then

    def __call__(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


class Lines:
    """Lets requests wait without a thread, and serves them in one of a few."""

    def __init__(
        self, workers: int = WORKERS, quick: int = QUICK, most: int = MOST, most_of_one: int = MOST_OF_ONE
    ) -> None:
        self._pool = ThreadPoolExecutor(workers, "session")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._most, self._most_of_one = most, most_of_one
        self._quick = asyncio.Semaphore(quick)
        self._lines: dict[str, _Line] = {}
        self._running: set[Future[Any]] = set()
        self.waiting = 0
        """Requests that wait or are served now."""

    async def behind(self, session: str, work: Callable[[], T]) -> T:
        """Do the work when all that was asked of the session before is done.

        Raises:
            Refused: 429, too many wait already; 503, the server stops.
        """
        line = self._lines.setdefault(session, _Line())
        if self.waiting >= self._most or line.waiting >= self._most_of_one:
            self._leave(session, line)
            raise Refused(429, "Too many requests are waiting.", headers={"Retry-After": "1"})
        self.waiting += 1
        line.waiting += 1
        try:
            async with line.turn:
                return await self._soon(work)
        finally:
            self.waiting -= 1
            line.waiting -= 1
            self._leave(session, line)

    async def _soon(self, work: Callable[[], T]) -> T:
        """As soon as there is room: it is made by who is done, and by who turns out to be slow."""
        await self._quick.acquire()
        leave = _Once(self._quick.release)
        timer = asyncio.get_running_loop().call_later(SLOW, leave)
        try:
            return await self._done(self._pool, work)
        finally:
            timer.cancel()
            leave()

    async def beside(self, work: Callable[[], T]) -> T:
        """Do work that only reads."""
        return await self._done(self._readers, work)

    async def _done(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        future = pool.submit(work)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:  # the server stops, and waits no longer
            raise Refused(503, "The server was stopped before this was done.") from None

    def _leave(self, session: str, line: _Line) -> None:
        if not line.waiting:
            self._lines.pop(session, None)

    def close(self) -> None:
        """Take no more; what was begun goes on."""
        self._pool.shutdown(wait=False)
        self._readers.shutdown(wait=False)

    @property
    def running(self) -> int:
        """Requests that are in a thread now, whether anybody waits for them or not."""
        return len(self._running)
