"""The events of the present episode that count, kept up to date one by one, and the way back to earlier ones.

What is left is what `tracker.applied` leaves of the episode, forms whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recorder.events.event import Recorded
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    ActionReverted,
    Restarted,
    SessionEvent,
    SessionRecorded,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)

Prediction = IntentRanked | ActionRanked


class Entry(NamedTuple):
    """An event that counts."""

    record: Recorded
    key: str
    """Id under which it first came: what is said again has an id of its own, and keeps the key."""

    @property
    def event(self) -> SessionEvent:
        event = self.record.event
        if not isinstance(event, SessionEvent):  # only those are taken
            raise TypeError(f"{event!r} is not part of a session")
        return event

    @property
    def is_action(self) -> bool:
        return self.record.type == ActionExecuted.type

    @property
    def is_message(self) -> bool:
        return self.record.type == UserUttered.type


class Change(NamedTuple):
    """What a command made of the end of the episode."""

    at: int
    """How many entries it left as they were."""
    before: tuple[Entry, ...]
    after: tuple[Entry, ...]


class Live:
    """One session's present episode."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.predictions: dict[str, list[Prediction]] = {}
        """Id of a message or an action -> what models said of it, in the order of the log."""
        self._low = 0
        self._fallen: list[Entry] = []

    def take(self, record: Recorded, key: str | None = None) -> None:
        """One more event of the session's stream; `key`: of the entry that it says again."""
        event = record.event
        match event:
            case IntentRanked() | ActionRanked():
                self.predictions.setdefault(event.about, []).append(event)
            case Restarted() | SessionStarted():
                self.entries.clear()
                self.mark()
            case ActionReverted() | UserUtteranceReverted():
                self._shrink(self._reverted(event, len(self.entries)))
            case SessionEvent() if not isinstance(event, SessionRecorded):
                self.entries.append(Entry(record, key or record.id))
            case _:
                pass

    def mark(self) -> None:
        """From here on, `change` tells what becomes of the entries."""
        self._low, self._fallen = len(self.entries), []

    def change(self) -> Change:
        """Since the mark, or since the episode began where that was later."""
        return Change(self._low, tuple(self._fallen), tuple(self.entries[self._low :]))

    def way_back(self, to: int) -> tuple[list[SessionEvent], int]:
        """What takes back all entries from `to` on, and from where on it does: there or earlier."""
        events: list[SessionEvent] = []
        end = len(self.entries)
        while end > to:
            event = UserUtteranceReverted() if self._is_heard(end) else ActionReverted()
            events.append(event)
            end = self._reverted(event, end)
        return events, end

    def latest(self, end: int | None = None) -> int | None:
        """Place of the latest message or action before `end`; None: there is none."""
        for i in range(len(self.entries) if end is None else end, 0, -1):
            if self.entries[i - 1].is_action or self.entries[i - 1].is_message:
                return i - 1
        return None

    def question(self, at: int) -> tuple[str, ...]:
        """Ids of the steps that are asked about together with the message or action there."""
        entry = self.entries[at]
        if entry.is_action:
            before = self.latest(at)
            with_it = before is not None and self.entries[before].is_message
            return (
                (self.entries[before].record.id, entry.record.id)
                if with_it and before is not None
                else (entry.record.id,)
            )
        for later in self.entries[at + 1 :]:
            if later.is_message:
                break
            if later.is_action:
                return entry.record.id, later.record.id
        return (entry.record.id,)

    def _is_heard(self, end: int) -> bool:
        """Whether a message came after the latest action before `end`."""
        latest = self.latest(end)
        return latest is not None and self.entries[latest].is_message

    def _reverted(self, event: SessionEvent, end: int) -> int:
        """How many of the first `end` entries the event leaves."""
        if isinstance(event, UserUtteranceReverted):
            end = self._last(UserUttered.type, end)
        return self._last(ActionExecuted.type, end)

    def _last(self, kind: str, end: int) -> int:
        return next((i for i in range(end - 1, -1, -1) if self.entries[i].record.type == kind), 0)

    def _shrink(self, to: int) -> None:
        if to < self._low:
            self._fallen[:0] = self.entries[to : self._low]
            self._low = to
        del self.entries[to:]


def common(entries: Sequence[Entry], wanted: Sequence[Entry]) -> int:
    """How many of the first entries are the same, said again or not."""
    for i, (one, other) in enumerate(zip(entries, wanted, strict=False)):
        if one.key != other.key:
            return i
    return min(len(entries), len(wanted))
