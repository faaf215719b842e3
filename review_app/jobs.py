"""What takes long: worked out in a thread of its own, once for all browser tabs, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Final, Generic, TypeVar

from recorder.events.event import FORGETTING
from recorder.store.log import EventLog

KEPT: Final = 4
"""Results, at most: they may be large."""

T = TypeVar("T")

Tell = Callable[[int, int], None]
"""Takes how many parts are done, and of how many."""


@dataclass(slots=True)
class Job(Generic[T]):
    """One piece of work, on the log as it was at `position`."""

    position: int
    forgotten: int
    """How much was forgotten by then."""
    done: int = 0
    parts: int = 0
    """0: it is not known yet."""
    _future: Future[T] = field(default_factory=Future)

    @property
    def share(self) -> float:
        """Of the parts that are done, 0.0 to 1.0."""
        return self.done / self.parts if self.parts else 0.0

    @property
    def is_over(self) -> bool:
        return self._future.done()

    def result(self) -> T:
        """Of one that is over; raises what it was stopped by."""
        return self._future.result(timeout=0)

    def tell(self, done: int, parts: int) -> None:
        self.done, self.parts = done, parts

    def run(self, do: Callable[[int, Tell], T]) -> None:
        try:
            self._future.set_result(do(self.position, self.tell))
        except BaseException as error:  # handed to whoever asks, where it is raised again
            self._future.set_exception(error)


class Jobs(Generic[T]):
    """The latest of each kind; any thread may use it."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = Lock()
        self._jobs: dict[Hashable, Job[T]] = {}

    def begin(self, key: Hashable, do: Callable[[int, Tell], T]) -> None:
        """Start it, unless it is going on already.

        Args:
            do: takes the position of the log up to which everything counts, and whom to tell how far it is.
        """
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and not known.is_over:
                return
            forgotten = self._log.version(FORGETTING)  # first, so that nothing is forgotten in between
            job: Job[T] = Job(self._log.position(), forgotten)
            self._jobs.pop(key, None)
            self._jobs[key] = job
            for oldest in list(self._jobs)[:-KEPT]:
                del self._jobs[oldest]
        Thread(target=job.run, args=(do,), name="job", daemon=True).start()

    def latest(self, key: Hashable) -> Job[T] | None:
        """None: it was never begun, or something was forgotten since, which it may hold."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.forgotten != self._log.version(FORGETTING):
                del self._jobs[key]
                return None
            return job
