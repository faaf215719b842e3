"""Our own notation of a session: JSON lines, one line one event, in the order of the session.

    {"session": "web-1", "id": "0195…", "type": "user", "occurred_at": "2025-03-01T09:00:00+00:00",
     "actor": "bot", "payload": {"text": "hello"}}

`payload` is what the log stores of an event: its fields, those at their default left out. `actor` and
`occurred_at` may be missing. Ids are unique in the whole log: reading a line twice adds it once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson

from recorder.errors import EventTooNew, NotationError
from recorder.events.codec import decode, encode
from recorder.events.event import Event, JsonObject, NewEvent, Recorded, stream_parts
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import SessionEvent
from recorder.formats.field_kinds import misfit

KEYS: Final = ("session", "id", "type", "payload")


class Line(NamedTuple):
    """What one line says."""

    session: str
    event: NewEvent
    actor: str


def render(recorded: Recorded) -> str:
    """One line, without its end, of an event in a session's stream."""
    return orjson.dumps({"session": stream_parts(recorded.stream)[1], **_said(recorded)}).decode()


def followed(recorded: Recorded) -> str:
    """The same with its position in the log; outside of sessions with `stream` in place of `session`."""
    kind, *ids = stream_parts(recorded.stream)
    whose = {"session": ids[0]} if kind == "session" and ids else {"stream": recorded.stream}
    return orjson.dumps({"position": recorded.position, **whose, **_said(recorded)}).decode()


def _said(recorded: Recorded) -> JsonObject:
    return {
        "id": recorded.id,
        "type": recorded.event.type,
        "occurred_at": recorded.occurred_at,
        "actor": recorded.actor,
        "payload": orjson.Fragment(encode(recorded.event)),
    }


def parse(line: str | bytes) -> Line:
    """Read one line.

    Raises:
        NotationError: it is no such line; the message says what is wrong with it.
    """
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise NotationError(f"not JSON: {error}") from None
    return from_object(data)


def is_line(data: object) -> bool:
    """Whether a JSON value is meant to be a line of this notation."""
    return isinstance(data, dict) and all(key in data for key in KEYS)


def from_object(data: Any) -> Line:
    """The line that a JSON value stands for; raises NotationError."""
    if not is_line(data):
        raise NotationError(f"expected an object with {', '.join(KEYS)}")
    for key in ("session", "id", "type"):
        if not isinstance(data[key], str) or not data[key]:
            raise NotationError(f"expected a text as {key}, not {data[key]!r}")
    if "\0" in data["id"] or "\0" in str(data.get("actor")):
        raise NotationError("a NUL in the id or the actor")
    new = NewEvent(_event(data["type"], data["payload"]), data["id"], _time(data.get("occurred_at")))
    return Line(data["session"], new, str(data.get("actor", "")))


def _event(kind: str, payload: Any) -> Event:
    if not isinstance(payload, dict):
        raise NotationError("expected an object as payload")
    try:
        event = decode(kind, orjson.dumps(payload))
    except EventTooNew as error:
        raise NotationError(str(error)) from None
    except (TypeError, ValueError) as error:
        raise NotationError(f"not an event of type {kind}: {error}") from None
    if not isinstance(event, SessionEvent | IntentRanked | ActionRanked):
        raise NotationError(f"an event of type {kind} does not belong in a session")
    if wrong := misfit(event):
        raise NotationError(f"not an event of type {kind}: {wrong} holds a value of the wrong kind")
    return event


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise NotationError(f"expected a time such as 2025-03-01T09:00:00+00:00, not {value!r}") from None
