"""One annotator's review of one session, folded from its stream, and what may be decided next.

A changed mind is a new decision; undo and redo are events too. Of the decisions that stand, the
latest one on a step counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from recorder.errors import AlreadySubmitted, InvalidDecision, StaleDecision, UnknownStep
from recorder.events.event import Event, JsonObject
from recorder.events.review import (
    ActionCorrected,
    ActionInserted,
    ActionRemoved,
    Decision,
    DecisionRedone,
    DecisionUndone,
    EntitiesCorrected,
    IntentCorrected,
    ResponseWritten,
    RestConfirmed,
    RestKept,
    ReviewReopened,
    ReviewSubmitted,
    SessionCut,
    SlotCorrected,
    StepConfirmed,
    StepFlagged,
    StepNoted,
    StepSkipped,
    StepUnsure,
)

FLAGS: Final = ("bug", "privacy", "guideline", "other")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator's standing decisions say of one step."""

    confirmed: bool = False
    action: str | None = None
    """The action that should have been taken."""
    removed: bool = False
    intent: str | None = None
    entities: tuple[JsonObject, ...] | None = None
    slots: tuple[tuple[str, Any], ...] = ()
    inserted: tuple[str, ...] = ()
    """Actions that should have come before, in order."""
    cut: bool = False
    kept: bool = False
    """The rest holds although this step was corrected."""
    unsure: bool = False
    skipped: bool = False
    note: str = ""
    flag: str = ""

    @property
    def decides(self) -> bool:
        """Whether it says what is right at this step."""
        return self.confirmed or self.removed or self.corrected

    @property
    def corrected(self) -> bool:
        return self.action is not None or self.intent is not None or self.entities is not None

    @property
    def given(self) -> bool:
        """Whether the annotator was here at all: also "cannot tell" and "not me" are answers."""
        return self.decides or self.unsure or self.skipped or self.cut


NO_ANSWER: Final = Answer()


@dataclass(slots=True)
class Review:
    """The fold of one review stream. `evolve` is the only thing that changes it."""

    events: dict[str, Event] = field(default_factory=dict)
    """Event id -> event, in the order of the stream."""
    standing: list[str] = field(default_factory=list)
    """Ids of the decisions that are not undone, oldest first."""
    undone: list[str] = field(default_factory=list)
    """Ids that a redo may bring back, the next one last."""
    versions: Counter[str] = field(default_factory=Counter)
    """Step id -> how many decisions, undos and redos were about it."""
    submitted: bool = False
    last_position: int = 0
    """Position in the log of the newest event."""

    def evolve(self, event_id: str, event: Event, position: int = 0) -> None:
        """Take one more event of the stream."""
        self.events[event_id] = event
        self.last_position = max(self.last_position, position)
        match event:
            case Decision():
                self.standing.append(event_id)
                self.undone.clear()
                self.versions.update(steps_of(event))
            case DecisionUndone(decision=decision) if decision in self.standing:
                self.standing.remove(decision)
                self.undone.append(decision)
                self.versions.update(steps_of(self.events[decision]))
            case DecisionRedone(decision=decision) if decision in self.undone:
                self.undone.remove(decision)
                self.standing.append(decision)
                self.versions.update(steps_of(self.events[decision]))
            case ReviewSubmitted():
                self.submitted = True
            case ReviewReopened():
                self.submitted = False
            case _:
                pass

    def version(self, steps: Iterable[str]) -> int:
        """Version of the question made of `steps`."""
        return sum(self.versions[step] for step in steps)

    def decisions(self) -> list[Decision]:
        """The decisions that stand, in order."""
        found = (self.events[event_id] for event_id in self.standing)
        return [event for event in found if isinstance(event, Decision)]


def replay(rows: Iterable[tuple[str, Event]]) -> Review:
    """Fold (event id, event) of a review stream, in order."""
    review = Review()
    for event_id, event in rows:
        review.evolve(event_id, event)
    return review


def steps_of(event: Event) -> tuple[str, ...]:
    """The steps a decision is about."""
    match event:
        case RestConfirmed(step=step, steps=steps):
            return tuple(dict.fromkeys((step, *steps)))
        case Decision(step=step):
            return (step,)
        case _:
            return ()


def answers(decisions: Iterable[Decision]) -> dict[str, Answer]:
    """Step id -> what the decisions, in this order, say of it."""
    said: dict[str, Answer] = {}
    for decision in decisions:
        if isinstance(decision, RestConfirmed):
            for step in decision.steps:
                before = said.get(step, NO_ANSWER)
                if not before.given:
                    said[step] = replace(before, confirmed=True)
        else:
            said[decision.step] = _answer(said.get(decision.step, NO_ANSWER), decision)
    return said


def responses(decisions: Iterable[Decision]) -> dict[str, str]:
    """Name -> text of the responses written in place; the latest text counts."""
    return {d.name: d.text for d in decisions if isinstance(d, ResponseWritten)}


def _answer(before: Answer, decision: Decision) -> Answer:
    match decision:
        case StepConfirmed():
            return _choose(before, confirmed=True, intent=None, entities=None)
        case ActionCorrected(action=action):
            return _choose(before, action=action)
        case ActionRemoved():
            return _choose(before, removed=True)
        case IntentCorrected(intent=intent):
            return replace(before, intent=intent, unsure=False, skipped=False)
        case EntitiesCorrected(entities=entities):
            return replace(before, entities=entities, unsure=False, skipped=False)
        case SlotCorrected(name=name, value=value):
            return replace(before, slots=(*(s for s in before.slots if s[0] != name), (name, value)))
        case ActionInserted(action=action):
            return replace(before, inserted=(*before.inserted, action))
        case SessionCut():
            return replace(before, cut=True)
        case RestKept():
            return replace(before, kept=True, cut=False)
        case StepUnsure():
            return _choose(before, unsure=True)
        case StepSkipped():
            return _choose(before, skipped=True)
        case StepNoted(text=text):
            return replace(before, note=text)
        case StepFlagged(flag=flag):
            return replace(before, flag=flag)
        case _:
            return before


def _choose(before: Answer, **choice: Any) -> Answer:
    """One of confirmed, corrected, removed, unsure, skipped replaces the others."""
    cleared = replace(
        before, confirmed=False, action=None, removed=False, unsure=False, skipped=False, cut=False
    )
    return replace(cleared, **choice)


def check(review: Review, event: Event, question_steps: Mapping[str, Sequence[str]]) -> None:
    """Whether `event` may come next in the review.

    Args:
        question_steps: step id -> ids of all steps of its question, for every step of the session.

    Raises:
        UnknownStep, StaleDecision, InvalidDecision, AlreadySubmitted
    """
    match event:
        case ReviewReopened():
            if not review.submitted:
                raise InvalidDecision("The review is not submitted, so there is nothing to reopen.")
            return
        case _ if review.submitted:
            raise AlreadySubmitted()
        case DecisionUndone(decision=decision):
            if not review.standing or review.standing[-1] != decision:
                raise InvalidDecision("Only the latest decision can be undone, and this is not it any more.")
        case DecisionRedone(decision=decision):
            if not review.undone or review.undone[-1] != decision:
                raise InvalidDecision("There is nothing to redo: the decision was redone, or a new one came.")
        case Decision():
            _check_decision(review, event, question_steps)
        case _:
            pass


def _check_decision(review: Review, decision: Decision, question_steps: Mapping[str, Sequence[str]]) -> None:
    for step in steps_of(decision):
        if step not in question_steps:
            raise UnknownStep(step)
    current = review.version(question_steps[decision.step])
    if decision.made_on != current:
        raise StaleDecision(decision.step, decision.made_on, current)
    match decision:
        case ActionCorrected(action=name) | ActionInserted(action=name) | IntentCorrected(intent=name):
            if not name.strip():
                raise InvalidDecision("A name is needed.")
        case StepFlagged(flag=flag):
            if flag and flag not in FLAGS:
                raise InvalidDecision(f"A flag is one of {', '.join(FLAGS)}, not {flag!r}.")
        case _:
            pass
