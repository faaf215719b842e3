"""What every event has: a type, an envelope, a stream it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, unquote

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Subclasses hold JSON values and no behaviour.

    `type` is the name in the log: written by hand, it outlives the class's name and place.
    """

    type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way to the log.

    `id` is unique in the whole log and makes the append idempotent; without one the log gives a
    time-ordered one. `occurred_at` (UTC) is the source's time, None where the source has none.
    """

    event: Event
    id: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log has it."""

    event: Event
    id: str
    stream: str
    version: int
    """Place in its stream, from 0, without gaps."""
    position: int
    """Place in the whole log, from 1, ascending; gaps are allowed."""
    occurred_at: datetime
    """When it happened, UTC, by the source's clock: neither unique nor ascending."""
    recorded_at: datetime
    """When the log took it, UTC."""
    actor: str
    """Who wrote it: an annotator's name, `bot`, `ingest`, …"""


def session_stream(session: str) -> str:
    """Stream of a session; the id is percent-encoded, so that it may hold anything."""
    return _stream("session", session)


def review_stream(session: str, annotator: str) -> str:
    return _stream("review", session, annotator)


def export_stream(export: str) -> str:
    return _stream("export", export)


def _stream(kind: str, *ids: str) -> str:
    return "/".join((kind, *(quote(each, safe="", errors="surrogatepass") for each in ids)))


def stream_parts(stream: str) -> tuple[str, ...]:
    """The kind of a stream and the ids in it, decoded.

    >>> stream_parts(review_stream("a/b", "Zoë"))
    ('review', 'a/b', 'Zoë')
    """
    return tuple(unquote(part) for part in stream.split("/"))
