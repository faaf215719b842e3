"""The append-only contract: what every log promises, and the rules that all of them share.

Storage differs, the rules do not: `drafts` makes events ready to be written, `admit` says which of
them are new. A log does both inside its own transaction and lock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import uuid_utils

from recorder.errors import EventConflict, EventNotStorable, VersionConflict
from recorder.events.codec import decode, encode
from recorder.events.event import Event, NewEvent, Recorded

Clock = Callable[[], datetime]
"""Gives the present time with its time zone."""


class Batch(NamedTuple):
    """What is to be appended to one stream."""

    stream: str
    events: Sequence[NewEvent | Event]
    actor: str = ""
    expected_version: int | None = None
    """How many events the stream must hold; None: any number. `append_many` does not look at it."""


class EventLog(Protocol):
    """All events, in one order (`position`) and in one order per stream (`version`)."""

    def append(
        self,
        stream: str,
        events: Sequence[NewEvent | Event],
        *,
        expected_version: int | None = None,
        actor: str = "",
    ) -> list[Recorded]:
        """Write the events at the end of the stream: all of them, or none.

        Ids come first: an event whose id is stored with the same content (stream, type, fields, and
        time where one is given) is not written again, so an append may be repeated as it was, with
        its old `expected_version`. Only the events that are new are then held against the version.

        Args:
            expected_version: how many events the stream must hold; None: any number.

        Returns:
            One `Recorded` per event given, in that order, as `read` returns it.

        Raises:
            EventConflict: an id is stored, or given twice, with other content.
            VersionConflict: the stream holds another number of events.
            EventNotStorable: an event is no JSON.
            DatabaseUnusable: the storage refused. Nothing was written in any of these cases.
        """
        ...

    def append_many(self, batches: Sequence[Batch]) -> list[list[Recorded] | EventConflict]:
        """`append` of each, in this order, in one transaction: for who has much for many streams.

        What is refused keeps nothing else out: its error stands in its place.

        Raises:
            EventNotStorable, DatabaseUnusable: as `append`; nothing of all was written.
        """
        ...

    def append_together(self, batches: Sequence[Batch]) -> list[list[Recorded]]:
        """`append` of each, each to another stream: all of them or none, for what belongs together.

        Raises: as `append`; nothing of all was written.
        """
        ...

    def read(self, stream: str, after: int = -1) -> list[Recorded]:
        """Events of a stream with a version above `after`, oldest first; empty for an unknown stream."""
        ...

    def read_many(
        self, streams: Iterable[str], types: Collection[str] | None = None
    ) -> dict[str, list[Recorded]]:
        """`read` of many streams at once; every stream asked for is in the answer, in that order.

        Args: types: only events of these types; None: all.
        """
        ...

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        """Events with a position above `after`, ascending, at most `limit`.

        Nothing ever appears at or below a position that was read.
        """
        ...

    def wait(self, after: int, timeout: float) -> bool:
        """Whether the log holds something above that position, or does within `timeout` seconds."""
        ...

    def version(self, stream: str) -> int:
        """How many events the stream holds: the version that its next event gets."""
        ...

    def position(self) -> int:
        """Position of the latest event; 0 when the log is empty."""
        ...

    def streams_at(self, positions: Collection[int]) -> dict[int, str]:
        """Position -> stream of the event there; without what is not there, or has no name any more."""
        ...

    def streams(self, prefix: str = "") -> Iterator[str]:
        """Streams whose name starts with `prefix`, in the order in which they began."""
        ...


@dataclass(slots=True, eq=False)
class Draft:
    """An event that is ready to be written."""

    type: str
    payload: bytes
    id: str
    is_named: bool
    """The caller chose the id, so it may be stored already."""
    occurred_at: datetime | None

    def opened(self) -> Event:
        """As it will be read: what JSON cannot tell apart (list and tuple) is levelled."""
        return decode(self.type, self.payload)

    def says_what(self, other: Draft | Recorded) -> bool:
        if self is other:
            return True
        if self.type != other.type or self.occurred_at not in (None, other.occurred_at):
            return False
        return encode(self.opened()) == encode(other.opened() if isinstance(other, Draft) else other.event)

    def recorded(self, stream: str, version: int, position: int, now: datetime, actor: str) -> Recorded:
        return Recorded(
            self.opened,
            self.id,
            stream,
            version,
            position,
            self.occurred_at or now,
            now,
            actor,
            self.type,
        )


def utc_now() -> datetime:
    return datetime.now(UTC)


def drafts(stream: str, events: Iterable[NewEvent | Event], actor: str) -> list[Draft]:
    """Make events ready to be written to `stream`; raises EventNotStorable."""
    made = [_draft(each) for each in events]
    for name in (stream, actor):
        _check(name)
    for draft in made:
        if draft.is_named:
            _check(draft.id)
    return made


def _draft(each: NewEvent | Event) -> Draft:
    if isinstance(each, NewEvent):
        event, time = each.event, each.occurred_at and in_utc(each.occurred_at)
        return Draft(event.type, encode(event), each.id or new_id(), each.id is not None, time)
    return Draft(each.type, encode(each), new_id(), False, None)


def new_id() -> str:
    """A time-ordered id, which keeps the unique index cheap."""
    return str(uuid_utils.uuid7())


def in_utc(time: datetime) -> datetime:
    if time.tzinfo is UTC:
        return time
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return time.astimezone(UTC)


def _check(name: str) -> None:
    is_text = name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)
    if "\0" in name or not is_text:
        raise EventNotStorable(f"the name {name!r} holds half a character or a NUL")


def admit(
    stream: str,
    batch: Sequence[Draft],
    stored: Mapping[str, Recorded],
    *,
    version: int,
    expected_version: int | None,
) -> list[Draft]:
    """Those of the batch that are to be written, each once.

    Args:
        stored: what the log has of the batch, by id.
        version: how many events the stream holds.

    Raises:
        EventConflict, VersionConflict: as `EventLog.append`.
    """
    fresh: dict[str, Draft] = {}
    taken: dict[str, str] = {}
    for draft in batch:
        if not draft.is_named:  # its id is new
            fresh[draft.id] = draft
            continue
        known = stored.get(draft.id)
        place = known.stream if known else stream
        twin = known or fresh.setdefault(draft.id, draft)
        if place != stream or not draft.says_what(twin):
            taken[draft.id] = place
    for first, place in taken.items():
        raise EventConflict(first, place, taken)
    if fresh and expected_version not in (None, version):
        raise VersionConflict(stream, expected_version or 0, version)
    return list(fresh.values())
