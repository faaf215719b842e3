"""What is heard and done in a lesson, as it is about to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recorder.actions.anywhere import Actions
from recorder.dialogue import slots
from recorder.errors import ActionRejected
from recorder.events.event import Event
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import Decision
from recorder.events.session import ActionExecuted, ActionExecutionRejected, UserUttered
from recorder.learning import structured
from recorder.review.rereading import as_first_read
from recorder.store.log import Clock
from recorder.talking import acting
from recorder.talking.acting import Scene
from recorder.talking.conversation import Mind, uttered
from recorder.teaching import asking
from recorder.teaching.page import SOURCE, Page
from recorder.teaching.vocabulary import Vocabulary
from recorder.teaching.writing import Writing


class Act(NamedTuple):
    """An action that is about to be done."""

    executed: ActionExecuted
    ranked: tuple[ActionRanked, ...]
    decisions: tuple[Decision, ...]

    @property
    def name(self) -> str:
        return self.executed.name or ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a lesson performs with."""

    actions: Actions
    vocabulary: Vocabulary
    clock: Clock

    def perform(self, act: Act, writing: Writing) -> None:
        """Do it, and add it with what it brings about.

        Raises:
            ActionRejected: it declined; what is added says so.
            ActionFailed: it could not be done; nothing is added.
        """
        executed = act.executed
        try:
            effects = self._effects(act.name, writing)
        except ActionRejected:
            writing.add(ActionExecutionRejected(act.name, executed.policy, executed.confidence))
            raise
        writing.step(executed, act.ranked, act.decisions, effects)

    def hear(self, text: str, model: Mind, writing: Writing) -> str | None:
        """Add the message, as the model understands it; what the trainer should know of that."""
        now = self.clock()
        latest = now if writing.notebook.present.version else None  # a lesson may pause; it does not expire
        writing.add(*acting.opening(self._scene(writing), latest, now))
        understood = model.parse(text)
        message = uttered(text, understood, SOURCE)
        ranked = IntentRanked("", model.id, understood.intent_ranking, understood.entities)
        writing.step(message, [ranked], (), self._filled(message, writing))
        named = structured.read(text)
        if named and named.intent != message.intent:
            return f"No intent is called {named.intent}: these were read as ordinary words."
        return None

    def hear_again(self, page: Page, at: int, message: UserUttered, decisions: Sequence[Decision]) -> Writing:
        """The message there as it should be understood; what followed it goes."""
        live = page.notebook.live
        told = live.predictions.get(live.entries[at].record.id, ())
        writing = page.writing()
        writing.back(at)
        writing.step(message, told, decisions, self._filled(message, writing))
        return writing

    def back_by_one(self, page: Page) -> Writing:
        """Take back what came last, as far as the session itself tells."""
        at, live = page.unit or 0, page.notebook.live
        entry = live.entries[at]
        if isinstance(entry.event, UserUttered) and page.notebook.marks.answer(entry.record.id).corrected:
            return self.hear_again(page, at, as_first_read(entry.event, asking.ranking_of(live, at)), ())
        writing = page.writing()
        writing.back(at)
        return writing

    def _effects(self, name: str, writing: Writing) -> Sequence[Event]:
        if self.vocabulary.is_invented(name) and name not in self.actions:
            return []
        return acting.effects(name, self._scene(writing))

    def _filled(self, message: UserUttered, writing: Writing) -> list[Event]:
        """What a message fills that comes next: by the domain's mappings, and by code of the user's."""
        filled = slots.fill(self.vocabulary.base, writing.tracker, message)
        scene = self._scene(writing).after([message, *filled])
        return [*filled, *acting.understood(scene, filled)]

    def _scene(self, writing: Writing) -> Scene:
        return writing.notebook.scene(self.actions, self.vocabulary.domain, writing.events)
