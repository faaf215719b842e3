"""The board: all batches as far as they were folded. A cache over the log, for any thread.

What was folded stays folded and only catches up, as on a `Desk`; nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from recorder.errors import UnknownBatch
from recorder.events.batches import BatchListed, BatchUnlisted
from recorder.events.event import BATCHES, FORGETTING, Event, batch_stream, is_session, stream_parts
from recorder.review.batches import Batch
from recorder.store.log import Clock, EventLog, utc_now

_GRACE: Final = timedelta(days=7)
"""For which work on a batch that was closed is still noted there, as late."""


@dataclass(slots=True)
class Listed:
    """A batch in the list of all."""

    name: str
    annotators: tuple[str, ...]
    sessions: int
    due: str
    opened: datetime
    closed: datetime | None = None
    complete: int = 0
    """Sessions that had all their votes when it was closed, and votes that were given then."""
    votes: int = 0


@dataclass(slots=True)
class Shelf:
    """A batch as far as it was folded, and what its sessions are called."""

    batch: Batch
    sessions: list[str] = field(default_factory=list)
    """By number; empty: it is forgotten."""
    numbers: dict[str, int] = field(default_factory=dict)
    forgotten: int = -1
    """How much was forgotten when they were looked up."""
    position: int = 0
    """Where in the log it was opened."""
    lock: Lock = field(default_factory=Lock)


@dataclass(slots=True)
class Board:
    """Where the batches hang: a cache over the log, for any thread; nothing is lost with it."""

    log: EventLog
    clock: Clock = utc_now
    _listed: dict[str, Listed] = field(default_factory=dict)
    _read: int = 0
    _shelves: dict[str, Shelf] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def listed(self) -> list[Listed]:
        """All batches, the oldest first."""
        with self._lock:
            for record in self.log.read(BATCHES, self._read - 1):
                self._list(record.event, record.occurred_at)
                self._read += 1
            return list(self._listed.values())

    def open_ones(self) -> list[str]:
        """Names of those that are not closed, the oldest first."""
        return [each.name for each in self.listed() if each.closed is None]

    def _list(self, event: Event, at: datetime) -> None:
        match event:
            case BatchListed(batch=name, annotators=annotators, sessions=sessions, due=due):
                self._listed[name] = Listed(name, annotators, sessions, due, at)
            case BatchUnlisted(batch=name, complete=complete, votes=votes) if name in self._listed:
                listed = self._listed[name]
                listed.closed, listed.complete, listed.votes = at, complete, votes
            case _:
                pass

    def of(self, person: str, *, closed: bool = False) -> list[str]:
        """Names of the batches that the person takes part in: what is due first comes first.

        Args:
            closed: with those that were closed a few days ago at most.
        """
        since = self.clock() - _GRACE
        found = [
            each
            for each in self.listed()
            if (each.closed is None or (closed and each.closed > since))
            and (not each.annotators or person in each.annotators)
        ]
        return [each.name for each in sorted(found, key=lambda each: (each.due or "~", each.opened))]

    @contextmanager
    def look(self, name: str) -> Iterator[Shelf]:
        """The batch as it is in the log now, while nobody else looks. Raises UnknownBatch."""
        with self._lock:
            shelf = self._shelves.setdefault(name, Shelf(Batch(name)))
        with shelf.lock:
            batch = shelf.batch
            for record in self.log.read(batch_stream(name), batch.version - 1):
                batch.evolve(record.event, record.occurred_at)
                shelf.position = shelf.position or record.position
            if not batch.version:
                with self._lock:
                    self._shelves.pop(name, None)
                raise UnknownBatch(name)
            self._name(shelf)
            yield shelf

    def _name(self, shelf: Shelf) -> None:
        forgotten = self.log.version(FORGETTING)
        if forgotten == shelf.forgotten:
            return
        batch = shelf.batch
        streams = self.log.streams_at([item.began for item in batch.items])
        names = [streams.get(item.began, "") for item in batch.items]
        shelf.sessions = [stream_parts(name)[1] if is_session(name) else "" for name in names]
        shelf.numbers = {session: number for number, session in enumerate(shelf.sessions) if session}
        batch.gone = frozenset(number for number, session in enumerate(shelf.sessions) if not session)
        shelf.forgotten = forgotten
