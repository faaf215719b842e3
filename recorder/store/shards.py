"""The log cut into shards of sessions, and what runs a job over them: here, or on other machines.

A job is a pure function of a log and a shard. All shards of a run name the same state of the log, and
the answers come in the order of the shards: so how many there are, who does which, and how often one
is done again changes nothing in what is made of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from recorder.errors import DatabaseUnusable
from recorder.store.log import EventLog

T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

SIZE: Final = 50
"""Sessions in a shard: a fraction of a second's work, so that little is lost with a worker."""
_PATIENCE: Final = 10.0
"""Seconds that a copy of the log may be behind."""
_POLL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state of a log: all events up to a position. The last one's id tells the log from others."""

    position: int
    event: str
    """"" where the position is 0."""

    @classmethod
    def of(cls, log: EventLog, as_of: int | None = None) -> Snapshot:
        """The present state, or the one at a position."""
        position = log.position() if as_of is None else min(as_of, log.position())
        return cls(position, _event_at(log, position))

    def require(self, log: EventLog, patience: float = _PATIENCE) -> None:
        """See that `log` holds this state; a replica may need some seconds to get there.

        Raises:
            DatabaseUnusable: it does not: it is another log, or too far behind.
        """
        deadline = time.monotonic() + patience
        while log.position() < self.position:
            if time.monotonic() >= deadline:
                reason = f"it has not reached event {self.position:,} yet"
                raise DatabaseUnusable("the worker's database", reason, "Is it a copy of the same log?")
            time.sleep(_POLL)
        if _event_at(log, self.position) != self.event:
            advice = "See RECORDER_DATABASE there."
            raise DatabaseUnusable("the worker's database", "it holds another log", advice)


def _event_at(log: EventLog, position: int) -> str:
    return next((record.id for record in log.read_all(position - 1, 1)), "") if position else ""


@dataclass(frozen=True, slots=True)
class Shard(Generic[T]):
    """Some of the items (sessions, streams, …) that a job is to be done for, in their order."""

    items: Sequence[T]
    at: Snapshot
    """Nothing after it counts."""


def shards(items: Sequence[T], at: Snapshot, size: int = SIZE) -> list[Shard[T]]:
    """All items in their order, `size` to a shard; none for no items."""
    return [Shard(items[start : start + size], at) for start in range(0, len(items), size)]


Job = Callable[[EventLog, Shard[T]], R_co]
"""Reads the log and writes nothing. Workers elsewhere import it by name: a function of a module, or a
`partial` of one with arguments that can be pickled."""


class Workers(Protocol):
    """Runs jobs."""

    def map(self, job: Job[T, R], shards: Sequence[Shard[T]]) -> Iterator[R]:
        """The job's answer for each shard, in the order of the shards.

        Raises:
            Whatever the job raises; the other shards are dropped then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """This process, one shard at a time, each when its answer is asked for."""

    log: EventLog

    def map(self, job: Job[T, R], shards: Sequence[Shard[T]]) -> Iterator[R]:
        return (job(self.log, shard) for shard in shards)


@dataclass(frozen=True, slots=True)
class Watched:
    """Workers whose progress is told."""

    workers: Workers
    tell: Callable[[int, int], None]
    """Takes how many shards are done, and of how many."""

    def map(self, job: Job[T, R], shards: Sequence[Shard[T]]) -> Iterator[R]:
        for done, answer in enumerate(self.workers.map(job, shards), 1):
            self.tell(done, len(shards))
            yield answer
