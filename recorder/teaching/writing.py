"""What a command of a lesson is about to write: taken back, said again, new, and decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from recorder.dialogue.live import Change, Entry, common
from recorder.dialogue.tracker import evolve
from recorder.events.event import Event, NewEvent, changed
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import Decision, DecisionUndone
from recorder.events.session import ActionExecuted, Restarted, SessionEvent, UserUttered
from recorder.review.marks import Said
from recorder.review.reviews import steps_of
from recorder.teaching.notebook import Notebook

Fallen = dict[str, list[Decision]]
"""Key of an entry that counts no more -> what stood of it when it fell."""


class Writing:
    """Nothing is in the log before `commit`. Decisions are given without step and version."""

    def __init__(self, notebook: Notebook, fallen: Fallen) -> None:
        self.notebook = notebook
        self.events: list[NewEvent] = []
        self._fallen = fallen
        self._sayings: list[Said] = []
        self._keys: dict[str, str] = {}
        self.tracker = notebook.tracker
        """The state after all this."""
        self._message = self._open_message(len(notebook.live.entries))
        """Id of the message that the next action is asked about with."""

    def reach(self, change: Change) -> None:
        """Take back what `change` made, and say again what was there before it."""
        entries = self.notebook.live.entries
        same = change.at + common(entries[change.at :], change.before)
        self.back(same)
        self.again(change.before[same - change.at :])

    def back(self, to: int) -> None:
        """Take back all entries from `to` on, if there are any."""
        entries = self.notebook.live.entries
        reverts, end = self.notebook.live.way_back(to)
        self.add(*reverts)
        self._let_fall(entries[end:])
        self._message = self._open_message(end)
        self.again(entries[end:to])

    def again(self, entries: Iterable[Entry]) -> None:
        """Say entries again, with what models and the trainer said of them."""
        for entry in entries:
            told = self.notebook.live.predictions.get(entry.record.id, ())
            step = self.step(entry.event, told, self._fallen.get(entry.key, ()))
            self._keys[step] = entry.key

    def step(
        self,
        event: SessionEvent,
        told: Sequence[IntentRanked | ActionRanked] = (),
        decisions: Sequence[Decision] = (),
        effects: Iterable[Event] = (),
    ) -> str:
        """Add an event with the predictions about it, the decisions on it, what it brought about; its id."""
        event_id = self.notebook.ids()
        about = [changed(prediction, about=event_id) for prediction in told]
        is_message = isinstance(event, UserUttered)
        if not is_message:
            self.add(*about)
        self._add(self.notebook.new(event, event_id))
        self.add(*(about if is_message else ()), *effects)
        asked = (self._message, event_id) if self._message and not is_message else (event_id,)
        self._sayings += (Said(changed(decision, step=event_id), asked) for decision in decisions)
        if isinstance(event, UserUttered | ActionExecuted):
            self._message = event_id if is_message else None
        return event_id

    def add(self, *events: Event) -> None:
        for event in events:
            self._add(self.notebook.new(event))

    @property
    def restarts(self) -> bool:
        """Whether it ends the episode."""
        return any(isinstance(new.event, Restarted) for new in self.events)

    @property
    def decided(self) -> int:
        """How many decisions go with it."""
        return len(self._sayings)

    def commit(self) -> Change:
        """Write it; what it made of the episode. Raises LogError."""
        self.notebook.live.mark()
        self.notebook.write(self.events, self._sayings, self._keys)
        return self.notebook.live.change()

    def _add(self, new: NewEvent) -> None:
        self.events.append(new)
        self.tracker = evolve(self.tracker, new.event)

    def _let_fall(self, entries: Sequence[Entry]) -> None:
        """Keep what stands of these entries, and take it back, the latest first."""
        marks, gone = self.notebook.marks, {entry.record.id for entry in entries}
        for entry in entries:
            self._fallen[entry.key] = marks.said(entry.record.id)
        fallen = {
            d for step in gone for d in marks.on(step) if gone.issuperset(steps_of(marks.review.events[d]))
        }
        latest_first = (d for d in reversed(marks.review.standing) if d in fallen)
        self._sayings += (Said(DecisionUndone(d)) for d in islice(latest_first, len(fallen)))

    def _open_message(self, end: int) -> str | None:
        live = self.notebook.live
        latest = live.latest(end)
        return (
            live.entries[latest].record.id if latest is not None and live.entries[latest].is_message else None
        )
