"""Sessions are tagged, many at a time."""

from __future__ import annotations

from collections.abc import Sequence

from recorder.errors import UnknownSession, VersionConflict
from recorder.events.event import remarks_stream, session_stream
from recorder.review import tags
from recorder.review.people import Person, require
from recorder.store.log import EventLog


def tagged(log: EventLog, session: str, person: Person) -> tuple[str, ...]:
    """The tags that the session bears. Raises NotAllowed."""
    require(person, "read_sessions")
    return tags.replay(row.event for row in log.read(remarks_stream(session)))


def tag(
    log: EventLog, person: Person, sessions: Sequence[str], add: Sequence[str], remove: Sequence[str] = ()
) -> int:
    """Let each of the sessions bear the tags of `add`, and not those of `remove`. It may be repeated.

    Returns:
        How many sessions changed.

    Raises:
        NotAllowed, TagUnusable: nothing was done. UnknownSession: nothing was done to it and those after.
    """
    require(person, "tag")
    tags.changes((), add, remove)
    return sum(_tag(log, person, session, add, remove) for session in dict.fromkeys(sessions))


def _tag(log: EventLog, person: Person, session: str, add: Sequence[str], remove: Sequence[str]) -> bool:
    stream = remarks_stream(session)
    while True:
        if not log.version(session_stream(session)):
            raise UnknownSession(session)
        rows = log.read(stream)
        events = tags.changes(tags.replay(row.event for row in rows), add, remove)
        try:
            log.append(stream, events, expected_version=len(rows), actor=person.name)
        except VersionConflict:
            continue
        return bool(events)
