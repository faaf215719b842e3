"""The adjudications of one session, folded from their stream, and what may be adjudicated next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

import orjson

from recorder.errors import InvalidDecision
from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.codec import EVENT_TYPES, decode
from recorder.events.event import Event, JsonObject, Recorded
from recorder.events.review import (
    ActionCorrected,
    ActionInserted,
    ActionRemoved,
    Decision,
    EntitiesCorrected,
    IntentCorrected,
    ResponseWritten,
    RestKept,
    SessionCut,
    SlotCorrected,
    StepConfirmed,
    StepUnsure,
)
from recorder.review.reviews import NO_ANSWER, Answer, answers

REASONS: Final = ("ambiguous", "guideline gap", "slip", "edge case", "subjective")

Adjudicable = (
    StepConfirmed
    | ActionCorrected
    | ActionRemoved
    | ActionInserted
    | IntentCorrected
    | EntitiesCorrected
    | SlotCorrected
    | ResponseWritten
    | RestKept
    | SessionCut
    | StepUnsure
)
"""Kinds of decisions that a verdict is made of."""
_KINDS: Final = {kind.type for kind in get_args(Adjudicable)}


@dataclass(frozen=True, slots=True)
class Adjudication:
    """What was decided of a step, and by whom."""

    answer: Answer
    decisions: tuple[Decision, ...]
    reason: str
    note: str
    by: str
    seen: Mapping[str, str]
    """Annotator -> mark of the vote that was known then."""


@dataclass(slots=True)
class Adjudications:
    """The fold of one stream. `evolve` is the only thing that changes it."""

    standing: dict[str, Adjudication] = field(default_factory=dict)
    """Step id -> the adjudication that counts."""
    versions: Counter[str] = field(default_factory=Counter)
    """Step id -> how often it was adjudicated, or an adjudication withdrawn."""
    events: dict[str, Event] = field(default_factory=dict)
    """Event id -> event, in the order of the stream."""

    def evolve(self, record: Recorded) -> None:
        """Take one more event of the stream."""
        event = record.event
        self.events[record.id] = event
        match event:
            case StepAdjudicated(step=step):
                made = tuple(decisions_of(event))
                self.standing[step] = Adjudication(
                    answer=answers(made).get(step, NO_ANSWER),
                    decisions=made,
                    reason=event.reason,
                    note=event.note,
                    by=record.actor,
                    seen={name: str(mark) for name, mark in event.seen.items()},
                )
                self.versions[step] += 1
            case AdjudicationWithdrawn(step=step):
                self.standing.pop(step, None)
                self.versions[step] += 1
            case _:
                pass


def replay(records: Iterable[Recorded]) -> Adjudications:
    """Fold a stream of adjudications, in order."""
    folded = Adjudications()
    for record in records:
        folded.evolve(record)
    return folded


def decisions_of(event: StepAdjudicated) -> list[Decision]:
    """Its decisions as an annotator would have made them; what this program does not know is left out."""
    made = []
    for each in event.decisions:
        fields = {key: value for key, value in each.items() if key != "type"}
        if (kind := each.get("type")) in _KINDS:
            payload = orjson.dumps({**fields, "step": event.step, "made_on": 0})
            decision = decode(str(kind), payload)
            assert isinstance(decision, Decision)
            made.append(decision)
    return made


def told(decisions: Iterable[Decision]) -> tuple[JsonObject, ...]:
    """Decisions as an adjudication keeps them."""
    return tuple(_told(decision) for decision in decisions)


def _told(decision: Decision) -> JsonObject:
    kept = (name for name in decision.__struct_fields__ if name not in _OF_THE_SCREEN)
    return {"type": decision.type, **{name: getattr(decision, name) for name in kept}}


_OF_THE_SCREEN: Final = frozenset(Decision.__struct_fields__)
"""Fields that say where, and on what, an annotator decided."""


def check(decisions: Sequence[Decision], reason: str) -> Answer:
    """What decisions on one step amount to.

    Raises:
        InvalidDecision: they do not say what is right, or are of kinds that a verdict is not made of.
    """
    for decision in decisions:
        if decision.type not in _KINDS or EVENT_TYPES.get(decision.type) is not type(decision):
            raise InvalidDecision(f"A verdict is not made of {decision.type!r}.")
        match decision:
            case ActionCorrected(action=name) | ActionInserted(action=name) | IntentCorrected(intent=name):
                if not name.strip():
                    raise InvalidDecision("A name is needed.")
            case _:
                pass
    if reason and reason not in REASONS:
        raise InvalidDecision(f"A reason is one of {', '.join(REASONS)}, not {reason!r}.")
    steps = {decision.step for decision in decisions}
    if len(steps) != 1:
        raise InvalidDecision("A verdict is about one step.")
    answer = answers(decisions)[steps.pop()]
    if not answer.given:
        raise InvalidDecision("A verdict says what is right at the step.")
    return answer
