"""A session, and a review of it, in one line for lists: how long, how sure, what occurs, how far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.dialogue.steps import Step
from recorder.events.event import Recorded
from recorder.events.session import AgentUttered, BotUttered, SessionEvent, SessionRecorded, UserUttered
from recorder.review.questions import Question, spell_out
from recorder.review.reviews import NO_ANSWER, Answer, Review, answers

OPENING_LENGTH: Final = 160
"""Characters of the first message that a list shows."""
TEXT_LENGTH: Final = 100_000
"""Characters of a session that can be searched; what follows is not found."""

Status = Literal["new", "in progress", "submitted"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list says of a session."""

    source: str
    origin: str
    started: datetime | None
    ended: datetime | None
    """Times of the first and the last event in the order of the log, by the source's clock."""
    messages: int
    questions: int
    episodes: int
    intent_confidence: float | None
    action_confidence: float | None
    """The least probability with which an intent, or an action, was taken; 0.0 to 1.0."""
    doubtful: str | None
    """Id of the question in which the model was least sure; None where no probability is known."""
    intents: tuple[str, ...]
    actions: tuple[str, ...]
    """Those that were taken, sorted; without `action_listen`."""
    opening: str
    """The first words of the user, on one line."""

    @property
    def confidence(self) -> float | None:
        """The least probability of the session."""
        return _least((self.intent_confidence, self.action_confidence))


@dataclass(frozen=True, slots=True)
class Progress:
    """What a list says of one annotator's review."""

    status: Status
    decided: int
    """Questions with an answer, "cannot tell" and "not me" included."""
    corrected: int
    """Questions in which something was corrected, inserted or removed."""
    flags: tuple[str, ...]
    notes: int


def summarise(records: Sequence[Recorded], questions: Sequence[Question]) -> Summary:
    """What a list says of the session whose stream is `records`; an empty stream included."""
    happened = [r for r in records if isinstance(r.event, SessionEvent)]
    dated = [r.occurred_at for r in happened if not isinstance(r.event, SessionRecorded)]
    origin = next((r.event for r in happened if isinstance(r.event, SessionRecorded)), None)
    messages = [q.understanding for q in questions if q.understanding]
    actions = [q.action for q in questions if q.action]
    return Summary(
        source=origin.source if origin else "",
        origin=(origin.origin or "") if origin else "",
        started=dated[0] if dated else None,
        ended=dated[-1] if dated else None,
        messages=len(messages),
        questions=len(questions),
        episodes=len({question.episode for question in questions}),
        intent_confidence=_least(step.confidence for step in messages),
        action_confidence=_least(step.confidence for step in actions),
        doubtful=_doubtful(questions),
        intents=_taken(messages),
        actions=_taken(actions),
        opening=_opening(records),
    )


def progress(review: Review, questions: Sequence[Question]) -> Progress:
    """How far the review of the session with these questions is."""
    said = spell_out(questions, answers(review.decisions()))
    given = [[said.get(step, NO_ANSWER) for step in question.steps] for question in questions]
    started: Status = "in progress" if review.standing else "new"
    return Progress(
        status="submitted" if review.submitted else started,
        decided=sum(any(answer.given for answer in each) for each in given),
        corrected=sum(any(_changes(answer) for answer in each) for each in given),
        flags=tuple(sorted({answer.flag for each in given for answer in each if answer.flag})),
        notes=sum(bool(answer.note) for each in given for answer in each),
    )


def spoken(records: Iterable[Recorded]) -> str:
    """All that was said, one message a line."""
    return "\n".join(_said(records))[:TEXT_LENGTH]


def _changes(answer: Answer) -> bool:
    return answer.corrected or answer.removed or bool(answer.inserted or answer.slots)


def _least(confidences: Iterable[float | None]) -> float | None:
    return min((c for c in confidences if c is not None), default=None)


def _doubtful(questions: Iterable[Question]) -> str | None:
    known = [(q.confidence, place, q.id) for place, q in enumerate(questions) if q.confidence is not None]
    return min(known)[2] if known else None


def _taken(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(sorted({step.chosen for step in steps if step.chosen} - {ACTION_LISTEN}))


def _opening(records: Iterable[Recorded]) -> str:
    texts = (r.event.text for r in records if isinstance(r.event, UserUttered))
    first = next((text for text in texts if text and text.strip()), "").strip()
    words = " ".join(first[: 2 * OPENING_LENGTH].split())  # only a beginning: it may be a megabyte
    return words if len(words) <= OPENING_LENGTH else words[: OPENING_LENGTH - 1] + "…"


def _said(records: Iterable[Recorded]) -> Iterator[str]:
    """The messages of user, bot and human agents."""
    for record in records:
        event = record.event
        if isinstance(event, UserUttered | BotUttered | AgentUttered) and event.text:
            yield event.text[:TEXT_LENGTH]
