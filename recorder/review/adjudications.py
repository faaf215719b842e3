"""The adjudications of one session, folded from their stream, and what may be adjudicated next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, get_args

import orjson

from recorder.errors import InvalidDecision
from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.codec import decode
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

LONGEST_NAME: Final = 500
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


def told(answer: Answer) -> tuple[JsonObject, ...]:
    """An answer as the decisions that an adjudication keeps; notes and flags are left out."""
    made: list[JsonObject] = []
    if answer.confirmed:
        made.append({"type": StepConfirmed.type})
    if answer.removed:
        made.append({"type": ActionRemoved.type})
    if answer.unsure:
        made.append({"type": StepUnsure.type})
    if answer.action is not None:
        made.append({"type": ActionCorrected.type, "action": answer.action})
    if answer.intent is not None:
        made.append({"type": IntentCorrected.type, "intent": answer.intent})
    if answer.entities is not None:
        made.append({"type": EntitiesCorrected.type, "entities": list(answer.entities)})
    made += ({"type": SlotCorrected.type, "name": name, "value": value} for name, value in answer.slots)
    made += ({"type": ActionInserted.type, "action": action} for action in answer.inserted)
    if answer.kept:
        made.append({"type": RestKept.type})
    if answer.cut:
        made.append({"type": SessionCut.type})
    return tuple(made)


def check(answer: Answer, reason: str) -> None:
    """Whether it may be a verdict.

    Raises:
        InvalidDecision: it does not say what is right, names nothing, or the reason is none of `REASONS`.
    """
    if not answer.given or answer.skipped:
        raise InvalidDecision("A verdict says what is right at the step.")
    names = [name for name in (answer.action, answer.intent, *answer.inserted) if name is not None]
    if not all(0 < len(name.strip()) <= LONGEST_NAME for name in names):
        raise InvalidDecision(f"A name of 1 to {LONGEST_NAME} characters is needed.")
    if reason and reason not in REASONS:
        raise InvalidDecision(f"A reason is one of {', '.join(REASONS)}, not {reason!r}.")
