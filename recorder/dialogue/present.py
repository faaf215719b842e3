"""What a conversation that goes on needs of what was: its present.

It is folded on event by event, so that a message costs the same however long the session is, and it
holds no more of the past than models look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import EVOLVES, UNDOES, Tracker, evolve, shortened
from recorder.events.event import NewEvent, Recorded
from recorder.events.session import BotUttered

KEPT: Final = 500
"""States behind the tracker that are kept; from twice as many on, those before are let go."""
ENOUGH: Final = 200
"""As many must be left after an undo: models look back on a dozen, more where forms are filled."""


@dataclass(frozen=True, slots=True)
class Present:
    """A session after its first `version` events."""

    tracker: Tracker
    version: int = 0
    latest: datetime | None = None
    """When the latest event happened."""
    said: Mapping[str, int] = field(default_factory=dict)
    """Response -> how often it was given; those never given are left out."""
    span: int = 0
    """States behind the tracker, at most."""
    is_cut: bool = False
    """Whether earlier ones were let go."""

    @classmethod
    def start(cls, domain: Domain) -> Present:
        return cls(Tracker.start(domain))


def follow(present: Present, records: Iterable[Recorded | NewEvent]) -> Present | None:
    """The present after more of the session's events, each with its time.

    Returns:
        None where one takes back more than is kept: the session must be folded from its start.
    """
    tracker, said, latest = present.tracker, Counter(present.said), present.latest
    version, span = present.version, present.span
    for record in records:
        version, latest = version + 1, record.occurred_at
        kind = record.type if isinstance(record, Recorded) else record.event.type
        if kind in EVOLVES:
            before, tracker, span = tracker, evolve(tracker, record.event), span + 1
            if present.is_cut and kind in UNDOES and not _reaches(before, tracker):
                return None
        elif kind == BotUttered.type and (name := _response(record)):
            said[name] += 1
    return _light(Present(tracker, version, latest, said, span, present.is_cut))


def _reaches(before: Tracker, after: Tracker) -> bool:
    """Whether an undo found what it looked for in what is kept, and enough before it."""
    if all(state.previous is not None for state in before.backwards()):
        return True
    return sum(1 for _ in islice(after.backwards(), ENOUGH)) == ENOUGH


def _response(record: Recorded | NewEvent) -> str | None:
    event = record.event
    name = (event.metadata or {}).get("utter_action") if isinstance(event, BotUttered) else None
    return name if isinstance(name, str) else None


def _light(present: Present) -> Present:
    """The same, without what lies too far back."""
    if present.span <= 2 * KEPT:
        return present
    tracker = shortened(present.tracker, KEPT)
    is_cut = present.is_cut or tracker is not present.tracker
    return Present(tracker, present.version, present.latest, present.said, KEPT, is_cut)
