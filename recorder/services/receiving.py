"""Record what other programs send of a session: each event once, in the order in which it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

from recorder.errors import EventConflict, EventNotStorable, NotationError
from recorder.events.codec import encode
from recorder.events.event import JsonObject, NewEvent, is_forgotten, session_stream
from recorder.events.session import SessionRecorded
from recorder.formats import jsonl
from recorder.ingest.delivery import INGEST, event_id, identified, session_id
from recorder.store.log import EventLog, new_id

LONGEST: Final = 200
"""Characters of an event's id."""


class Taken(NamedTuple):
    """An event that the log has."""

    place: int
    """Its place in what was sent."""
    id: str
    version: int
    position: int
    new: bool
    """False: the log had it already."""


class Refused(NamedTuple):
    """An event that the log has not taken."""

    place: int
    reason: str


@dataclass(slots=True)
class Receipt:
    session: str
    version: int
    """How many events the session has now: what is to be expected by who sends the next."""
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class _Read(NamedTuple):
    place: int
    event: NewEvent


def receive(
    log: EventLog,
    session: str,
    sent: Sequence[Any],
    *,
    source: str = "http",
    key: str | None = None,
    expected_version: int | None = None,
) -> Receipt:
    """Append events, in Rasa's notation or as lines of ours, with `type` and `payload`.

    An event is known by the `id` in it; else by the key of the request and its place there; else by its
    time and content, as from any other source. One that has none of these is new each time.

    Args:
        key: names the request; the same request may be repeated under it.
        expected_version: how many events the session must have; everything is taken then, or nothing.

    Returns:
        What became of each event. Where one cannot be read nothing is taken. One whose id is taken by
        another event is left out, unless a version was expected.

    Raises:
        VersionConflict, EventConflict: where a version was expected; nothing was taken.
        DatabaseUnusable: nothing was taken.
    """
    stream = session_stream(session)
    read, refused = _read(session, sent, key)
    if refused:
        others = [Refused(each.place, "left out: another one cannot be read") for each in read]
        return Receipt(session, log.version(stream), refused=sorted([*refused, *others]))
    version, before = log.version(stream), log.position()
    origin = (
        []
        if version or not read or isinstance(read[0].event.event, SessionRecorded)
        else [_Read(-1, NewEvent(SessionRecorded(source), session_id(session), read[0].event.occurred_at))]
    )
    left = [*origin, *read]
    while any(each.place >= 0 for each in left):
        try:
            events = [each.event for each in left]
            rows = log.append(stream, events, expected_version=expected_version, actor=INGEST)
        except EventConflict as conflict:
            if expected_version is not None:
                raise
            refused += [_taken(each, conflict) for each in left if each.event.id in conflict.taken]
            left = [each for each in left if each.event.id not in conflict.taken]
            continue
        taken = [
            Taken(each.place, row.id, row.version, row.position, row.position > before)
            for each, row in zip(left, rows, strict=True)
            if each.place >= 0
        ]
        last = max(row.version for row in rows) + 1
        return Receipt(session, max(version, last), taken, _told(refused))
    return Receipt(session, version, refused=_told(refused))


def _told(refused: Sequence[Refused]) -> list[Refused]:
    return sorted(each for each in refused if each.place >= 0)


def _taken(each: _Read, conflict: EventConflict) -> Refused:
    event_id = each.event.id or ""
    if is_forgotten(conflict.taken[event_id]):
        return Refused(each.place, "it belongs to a session that was forgotten")
    return Refused(each.place, f"another event has the id {event_id} already")


def _read(session: str, sent: Sequence[Any], key: str | None) -> tuple[list[_Read], list[Refused]]:
    read: list[_Read] = []
    refused: list[Refused] = []
    for index, raw in enumerate(sent):
        try:
            read.append(_Read(index, _event(session, raw, index, key)))
        except (NotationError, EventNotStorable) as error:
            refused.append(Refused(index, str(error)))
    return read, refused


def _event(session: str, raw: Any, index: int, key: str | None) -> NewEvent:
    """Raises NotationError, EventNotStorable."""
    if not isinstance(raw, dict):
        raise NotationError("not an event: expected an object")
    sender = raw.get("sender_id", raw.get("session", session))
    if sender != session:
        raise NotationError("it says that it is of another session")
    given = raw.get("id")
    if given is not None and (not isinstance(given, str) or not 0 < len(given) <= LONGEST):
        raise NotationError(f"its `id` is no text of up to {LONGEST} characters")
    lasting = given or (_keyed(session, key, index) if key else None)
    if "type" in raw and "payload" in raw:
        line = jsonl.from_object({**raw, "session": session, "id": lasting or new_id()})
        encode(line.event.event)
        return line.event
    return _rasa(session, {name: value for name, value in raw.items() if name != "id"}, lasting)


def _rasa(session: str, raw: JsonObject, lasting: str | None) -> NewEvent:
    new, problem = identified(session, raw, lambda digest, occurred_at: 0)
    if problem:
        raise NotationError(problem.partition(" kept as opaque: ")[2] or problem)
    own = new.id if new.occurred_at else new_id()
    return NewEvent(new.event, lasting or own, new.occurred_at)


def _keyed(session: str, key: str, index: int) -> str:
    return event_id(None, sha256("\0".join((session, key, str(index))).encode("utf-8", "replace")).digest())
