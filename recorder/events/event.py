"""What every event has: a type, an envelope, a stream it belongs to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote, unquote

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields, replace

JsonObject = dict[str, Any]
E = TypeVar("E", bound="Event")


class Event(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Something that happened. Subclasses hold JSON values and no behaviour.

    `type` is the name in the log: written by hand, it outlives the class's name and place.
    A struct rather than a dataclass, because one is made for each event that is read: msgspec does so
    straight from the stored bytes, and checks them against the fields' types meanwhile.
    """

    type: ClassVar[str]


def changed(event: E, **fields: Any) -> E:
    """The event with other values in these fields."""
    return replace(event, **fields)


def declared(kind: type[Event]) -> dict[str, str]:
    """Field -> its type as it is written in the class; those of its bases come first."""
    written = [item for each in reversed(kind.__mro__) for item in inspect.get_annotations(each).items()]
    return {name: text for name, text in written if name in kind.__struct_fields__}


def defaults(kind: type[Event]) -> dict[str, Any]:
    """Field -> what it holds where nothing is said; fields that must be given are left out."""
    return {
        field.name: field.default if field.default is not NODEFAULT else field.default_factory()
        for field in fields(kind)
        if not field.required
    }


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way to the log.

    `id` is unique in the whole log and makes the append idempotent; without one the log gives a
    time-ordered one. `occurred_at` (UTC) is the source's time, None where the source has none.
    """

    event: Event
    id: str | None = None
    occurred_at: datetime | None = None


class Recorded:
    """An event as the log has it. Values only, and equal to another that says the same.

    What the log has to decrypt and decode is opened when `event` is first asked for: who folds over
    a session passes by what does not concern them at no cost.
    """

    __slots__ = (
        "_event",
        "actor",
        "id",
        "occurred_at",
        "position",
        "recorded_at",
        "stream",
        "type",
        "version",
    )

    id: str
    stream: str
    version: int
    """Place in its stream, from 0, without gaps."""
    position: int
    """Place in the whole log, from 1, without gaps; in the order in which they were committed."""
    occurred_at: datetime
    """When it happened, UTC, by the source's clock: neither unique nor ascending."""
    recorded_at: datetime
    """When the log took it, UTC."""
    actor: str
    """Who wrote it: an annotator's name, `bot`, `ingest`, …"""
    type: str
    """The event's type as it was written."""

    _event: Event | Callable[[], Event] | None

    def __init__(
        self,
        event: Event | Callable[[], Event],
        id: str,
        stream: str,
        version: int,
        position: int,
        occurred_at: datetime,
        recorded_at: datetime,
        actor: str,
        type: str = "",
    ) -> None:
        """`event` may be what opens it; `type` is needed then."""
        self._event = event
        self.id = id
        self.stream = stream
        self.version = version
        self.position = position
        self.occurred_at = occurred_at
        self.recorded_at = recorded_at
        self.actor = actor
        self.type = type or event.type  # type: ignore[union-attr]  # an event, where no type is given

    @property
    def event(self) -> Event:
        """Raises DatabaseUnusable where it was damaged meanwhile."""
        if not isinstance(self._event, Event):
            assert self._event is not None
            self._event = self._event()
        return self._event

    def _said(self) -> tuple[object, ...]:
        place = (self.id, self.stream, self.version, self.position, self.actor, self.type)
        return (*place, self.occurred_at, self.recorded_at, self.event)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recorded) and self._said() == other._said()

    __hash__ = None  # type: ignore[assignment]  # events hold lists and objects

    def __repr__(self) -> str:
        return f"Recorded({self.position}: {self.stream}@{self.version} {self.id} {self.event!r})"


def session_stream(session: str) -> str:
    """Stream of a session; the id is percent-encoded, so that it may hold anything."""
    return _stream("session", session)


def review_stream(session: str, annotator: str) -> str:
    return _stream("review", session, annotator)


def adjudication_stream(session: str) -> str:
    """Stream of what was adjudicated in a session."""
    return _stream("adjudication", session)


def remarks_stream(session: str) -> str:
    """Stream of what people note about a session as a whole."""
    return _stream("remarks", session)


def export_stream(export: str) -> str:
    return _stream("export", export)


def copy_stream(copy: str) -> str:
    return _stream("copy", copy)


def checkpoint_stream() -> str:
    """Stream of all checkpoints of the log."""
    return "checkpoint"


FORGETTING: Final = "forgetting"
"""Stream of what was forgotten, and of when its remains were cleared away."""


TOKENS: Final = "tokens"
"""Stream of the tokens that were issued and revoked: one, so that whoever checks them reads on in it."""


PEOPLE: Final = "people"
"""Stream in which every change of an account is noted, so that two cannot be made on the same knowledge."""


def account_stream(name: str) -> str:
    return _stream("account", name)


def own_stream(name: str) -> str:
    """Stream of what one person keeps for themselves."""
    return _stream("own", name)


TEAM_FILTERS: Final = "team/filters"
"""Stream of the filters that are saved for everybody."""


BATCHES: Final = "batches"
"""Stream of which batches were opened and closed."""


GOLD: Final = "gold"
"""Stream of the sessions that annotators are measured by."""


def batch_stream(batch: str) -> str:
    return _stream("batch", batch)


def forgotten_stream(number: int) -> str:
    """What a stream is called whose name is forgotten."""
    return _stream("forgotten", str(number))


def is_session(stream: str) -> bool:
    return stream.startswith("session/")


def is_forgotten(stream: str) -> bool:
    return stream.startswith("forgotten/")


def can_be_forgotten(stream: str) -> bool:
    """Whether it holds what people said or look for, or who they are."""
    kinds = ("session/", "review/", "adjudication/", "remarks/", "account/", "own/", "team/")
    return stream.startswith(kinds)


def _stream(kind: str, *ids: str) -> str:
    return "/".join((kind, *(quote(each, safe="", errors="surrogatepass") for each in ids)))


def stream_parts(stream: str) -> tuple[str, ...]:
    """The kind of a stream and the ids in it, decoded.

    >>> stream_parts(review_stream("a/b", "Zoë"))
    ('review', 'a/b', 'Zoë')
    """
    return tuple(unquote(part) for part in stream.split("/"))
