"""Hints for who is new: in which session somebody gets them, and that they are closed for good."""

from __future__ import annotations

from recorder.errors import VersionConflict
from recorder.events.event import own_stream
from recorder.events.own import GuideClosed
from recorder.review.people import Person, may, require
from recorder.services.batching import Task
from recorder.store.log import EventLog


def is_guided(log: EventLog, person: Person, *, submitted: int, task: Task | None = None) -> bool:
    """Whether the person gets hints in a session.

    So it is before the first review is submitted, and in what a batch has planned as somebody's first
    session, until that is done; and never again once the hints were closed.

    Args:
        submitted: reviews that the person has submitted.
        task: the session in its batch.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    is_first = submitted == 0 or (task is not None and task.guided and task.state != "done")
    return is_first and may(person, "decide") and not is_closed(log, person)


def is_closed(log: EventLog, person: Person) -> bool:
    """Whether the person wants no hints. Raises NotAllowed."""
    require(person, "read_sessions")
    stream = own_stream(person.name)
    return bool(log.read_many([stream], types=(GuideClosed.type,))[stream])


def close_guide(log: EventLog, person: Person) -> None:
    """No more hints for the person, on any machine. It may be repeated. Raises NotAllowed."""
    require(person, "decide")
    stream = own_stream(person.name)
    while not is_closed(log, person):
        try:
            version = log.version(stream)
            log.append(stream, [GuideClosed()], expected_version=version, actor=person.name)
        except VersionConflict:
            continue
