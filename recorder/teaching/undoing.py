"""How far a lesson may go back, and what it goes back by where it no longer knows what it did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

from recorder.dialogue.live import Live
from recorder.dialogue.tracker import applied, episodes
from recorder.events.event import Event, Recorded
from recorder.events.session import ActionExecutionRejected, LoopInterrupted, SessionEvent, SessionRecorded
from recorder.review.marks import Marks
from recorder.review.reviews import steps_of
from recorder.teaching.notebook import Notebook


def floor(notebook: Notebook) -> int:
    """How many entries of the present episode are not the annotator's to take back: others recorded them.

    One that the annotator said again, because it went with what came after it, is still theirs.
    """
    entries = notebook.live.entries
    last = max((i + 1 for i, each in enumerate(entries) if not is_own(notebook, each.record)), default=0)
    before = _recorded(notebook)
    same = 0
    while same < min(len(entries), len(before)) and entries[same].event == before[same].event:
        same += 1
    return max(last, same)


def is_own(notebook: Notebook, record: Recorded) -> bool:
    """Whether the annotator wrote it here, and did not copy it from another session."""
    return record.actor == notebook.annotator and record.version >= notebook.copied[0]


def latest_unit(live: Live, floor: int) -> int | None:
    """Where the latest message or action begins that may be taken back; None: there is none."""
    at = live.latest()
    if at is None or at < floor or not any(each.is_message for each in live.entries[: at + 1]):
        return None
    while at > floor and isinstance(live.entries[at - 1].event, ActionExecutionRejected | LoopInterrupted):
        at -= 1
    return at


def latest_decisions(marks: Marks, steps: Collection[str], count: int) -> tuple[str, ...]:
    """Ids of the latest decisions that stand of any of these steps, at most so many, oldest first."""
    events = marks.review.events
    found = (d for d in reversed(marks.review.standing) if _is_of(events[d], steps))
    return tuple(reversed([*islice(found, count)]))


def _is_of(decision: Event, steps: Collection[str]) -> bool:
    return any(step in steps for step in steps_of(decision))


def _recorded(notebook: Notebook) -> Sequence[Recorded]:
    """What would count of the present episode, had the annotator not gone on with it."""
    events = [r for r in notebook.records if isinstance(r.event, SessionEvent)]
    part = episodes(events, event_of=_event)[-1:]
    others = [
        record
        for record in (part[0] if part else ())
        if not is_own(notebook, record) and not isinstance(record.event, SessionRecorded)
    ]
    return applied(others, event_of=_event, collapse_loops=False)


def _event(record: Recorded) -> Event:
    return record.event
