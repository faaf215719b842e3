"""One way through test stories: the model hears each message and is asked for each action.

After a wrong answer the story's own goes on, so that one error is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from recorder.actions.anywhere import Actions
from recorder.actions.local import LocalActions
from recorder.dialogue import turns
from recorder.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, DEFAULT_ACTIONS
from recorder.dialogue.tracker import Tracker, evolve
from recorder.errors import ActionFailed, ActionRejected
from recorder.events.event import Event, JsonObject
from recorder.events.prediction import Ranking
from recorder.events.session import ActionExecutionRejected, SessionEvent
from recorder.formats.rasa_events import to_rasa
from recorder.learning.model import Model
from recorder.stories import events, outcome
from recorder.stories.events import Placed
from recorder.stories.outcome import Fault, Kind, Outcome
from recorder.stories.story import ActionStep, BotStep, LoopStep, SlotStep, Step, UserStep
from recorder.talking import acting
from recorder.talking.acting import Scene

REQUESTED_SLOT: Final = "requested_slot"
SESSION: Final = "test"
"""What custom actions are told that the session is called."""


@dataclass(slots=True)
class Walk:
    """One way through stories: the state of the conversation, and the outcomes on the way."""

    model: Model
    actions: Actions | None
    tracker: Tracker
    walked: dict[tuple[int, int, int, str], int]
    """Beginnings that an earlier way had as well, each with its number: they are counted once."""
    at: int = 0
    """Number of the beginning so far."""
    ran: bool = False
    """Whether the latest action was really run."""
    done: Placed | None = None
    """The latest message or action."""
    outcomes: list[Outcome] = field(default_factory=list)
    happened: list[Event] = field(default_factory=list)
    """For actions that look."""

    def through(self, steps: Sequence[Placed]) -> Iterator[Outcome]:
        for number, placed in enumerate(steps):
            fresh = self._begin(placed)
            self._take(placed, steps[number + 1 :])
            if fresh:
                yield from self.outcomes
            self.outcomes.clear()
        if self._acted() and self._begin_end():
            self._expect(ACTION_LISTEN, "wait")
            yield from self.outcomes

    def _begin(self, placed: Placed) -> bool:
        return self._number((self.at, id(placed.story), placed.place, repr(placed.step)))

    def _begin_end(self) -> bool:
        return self._number((self.at, 0, 0, "end"))

    def _number(self, key: tuple[int, int, int, str]) -> bool:
        fresh = key not in self.walked
        self.at = self.walked.setdefault(key, len(self.walked) + 1)
        return fresh

    def _acted(self) -> bool:
        return self.done is not None and isinstance(self.done.step, ActionStep | BotStep)

    def _take(self, placed: Placed, rest: Sequence[Placed]) -> None:
        match placed.step:
            case UserStep() as step:
                if self._acted():
                    self._expect(ACTION_LISTEN, "wait")
                self._hear(placed, step)
            case ActionStep(name=name) | BotStep(text=name):
                before, self.done = self.done, placed
                self._expect(name, "action", opens=before is None)
                self._act(placed.step, name, [one.step for one in rest])
            case SlotStep() as step:
                self._check_slots(placed, step)
                self._follow(placed.step)
            case LoopStep(name=loop):
                if faults := outcome.unknown_loop(loop, self.model.domain):
                    self._note(placed, "slot", str(loop), None, None, faults)
                self._follow(placed.step)
            case step:
                self._follow(step)

    def _follow(self, step: Step) -> None:
        for event in events.events_of(step, self.tracker, self.model.domain):
            self._evolve(event)

    def _evolve(self, event: Event) -> None:
        self.tracker = evolve(self.tracker, event)
        self.happened.append(event)

    def _hear(self, placed: Placed, step: UserStep) -> None:
        if step.text is not None:
            understood = self.model.parse(step.text)
            domain = self.model.domain
            ranking, found = understood
            intents, entities = self.model.taught
            intent, confidence, faults = outcome.understood(step.intent, ranking, domain, intents)
            counts, wrong = outcome.marked(step.entities, found, domain, entities)
            heard = UserStep(intent, tuple(map(outcome.described, found)), step.text)
            self._note(
                placed,
                "message",
                step.intent or intent or "",
                intent,
                confidence,
                (*faults, *wrong),
                heard=heard,
                entities=counts,
            )
            if step.intent is None:  # end to end: nobody says what it means
                step = UserStep(intent, step.entities, step.text)
        self._follow(step)
        if self.actions is not None:
            for event in acting.understood(self._scene(), turns.filled(self.tracker)):
                self._evolve(event)
        self.done, self.ran = placed, False

    def _expect(self, action: str, kind: Kind, *, opens: bool = False) -> None:
        """Ask what comes next."""
        assert self.done is not None
        proposed = self._proposed(opens)
        if action != self.tracker.active_loop and proposed and proposed[0][0] == self.tracker.active_loop:
            # What the story says instead means that the form declines; what then?
            self._evolve(ActionExecutionRejected(self.tracker.active_loop))
            proposed = self._proposed(opens)
        predicted, confidence, faults = outcome.chosen(action, proposed, self.model.domain)
        self._note(self.done, kind, action, predicted, confidence, faults)

    def _proposed(self, opens: bool) -> Ranking:
        due = None if opens else turns.due(self.tracker)
        return ((due, 1.0),) if due else self.model.rank_actions(self.tracker).ranking

    def _act(self, step: Step, name: str, rest: Sequence[Step]) -> None:
        self.ran = self._is_run(name)
        brought = self._brought_about(name, rest)
        self._follow(step)
        for event in brought:
            self._evolve(event)
        if self.tracker.followup == ACTION_SESSION_START:  # after a restart, and no story says it
            for event in (turns.by_default(ACTION_SESSION_START), *self._effects(ACTION_SESSION_START)):
                self._evolve(event)

    def _is_run(self, name: str) -> bool:
        """Whether the action is code of the user's that is at hand: the domain's, or a form of Rasa 1."""
        domain = self.model.domain
        form = domain.form(name)
        custom = (name in domain.actions and name not in domain.responses) or form is not None
        return custom and not self._is_built_in(name) and self.actions is not None and name in self.actions

    def _is_built_in(self, name: str) -> bool:
        """Whether it is known what the action does; of a form of Rasa 1 only the name is known."""
        form = self.model.domain.form(name)
        return name in DEFAULT_ACTIONS or (form is not None and bool(form.required_slots))

    def _brought_about(self, name: str, rest: Sequence[Step]) -> Sequence[Event]:
        """What follows from an action that the story does not say itself."""
        assert self.done is not None
        if not self.ran and (not self._is_built_in(name) or _says_what_follows(rest)):
            return ()
        try:
            return self._effects(name)
        except (ActionFailed, ActionRejected) as error:
            if self.ran:
                self._note(self.done, "action", name, name, None, (Fault("custom action", str(error)),))
            return ()

    def _effects(self, name: str) -> Sequence[Event]:
        return acting.effects(name, self._scene())

    def _scene(self) -> Scene:
        actions = LocalActions() if self.actions is None else self.actions
        return Scene(SESSION, self.model.domain, self.tracker, actions, lambda _: 0, self._as_rasa)

    def _as_rasa(self) -> list[JsonObject]:
        return [to_rasa(event, None) for event in self.happened if isinstance(event, SessionEvent)]

    def _check_slots(self, placed: Placed, step: SlotStep) -> None:
        """Slots that a message filled, or an action that was run, are as the story says; others are set."""
        after_message = self.done is not None and isinstance(self.done.step, UserStep)
        domain = self.model.domain
        for name, value in step.slots:
            faults = outcome.filled(name, value, self.tracker.slots.get(name), domain)
            is_checked = self.ran or (after_message and self._is_mapped(name))
            if is_checked or any(fault.reason == "unknown name" for fault in faults):
                found = f"{name} = {self.tracker.slots.get(name)!r}"
                self._note(placed, "slot", f"{name} = {value!r}", found, None, faults)

    def _is_mapped(self, name: str) -> bool:
        """Whether messages alone fill a slot: no action of the bot's may change what they gave."""
        domain = self.model.domain
        slot = domain.slot(name)
        if slot is None or any(mapping.kind == "custom" for mapping in slot.mappings):
            return False
        validating = {f"validate_{self.tracker.active_loop}", "action_validate_slot_mappings"}
        return bool(slot.mappings or slot.auto_fill) and validating.isdisjoint(domain.actions)

    def _note(
        self,
        placed: Placed,
        kind: Kind,
        expected: str,
        predicted: str | None,
        confidence: float | None,
        faults: tuple[Fault, ...],
        *,
        heard: UserStep | None = None,
        entities: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        told = Outcome(
            placed.story, placed.place, kind, expected, predicted, confidence, faults, heard, entities
        )
        self.outcomes.append(told)


def _says_what_follows(rest: Sequence[Step]) -> bool:
    """Whether the story itself says what becomes of the form, before the next message or action."""
    for step in rest:
        match step:
            case LoopStep():
                return True
            case SlotStep(slots=slots) if any(name == REQUESTED_SLOT for name, _ in slots):
                return True
            case SlotStep():
                continue
            case _:
                return False
    return False
