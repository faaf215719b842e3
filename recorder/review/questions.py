"""What one screen asks: an action, with the message it answers where it is the first one after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.review.reviews import NO_ANSWER, Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """One classic question; at least one of the two steps is there."""

    index: int
    """Place among the session's questions, from 0."""
    understanding: Step | None
    """The message, if the question is the first one about it."""
    action: Step | None
    """None for a message that no action followed."""

    @property
    def id(self) -> str:
        """The action's id, or the lone message's."""
        return self._main.id

    @property
    def episode(self) -> int:
        return self._main.episode

    @property
    def turn(self) -> int:
        return self._main.turn

    @property
    def steps(self) -> tuple[str, ...]:
        """Ids of its steps, the message's first."""
        return tuple(step.id for step in (self.understanding, self.action) if step is not None)

    @property
    def confidence(self) -> float | None:
        """The least confidence among its steps; None where none is known."""
        known = [s.confidence for s in (self.understanding, self.action) if s and s.confidence is not None]
        return min(known, default=None)

    @property
    def _main(self) -> Step:
        step = self.action or self.understanding
        if step is None:
            raise ValueError("a question asks about something")
        return step


def ask(steps: Iterable[Step]) -> list[Question]:
    """The questions of a session, in order."""
    asked: list[Question] = []
    message: Step | None = None
    for step in steps:
        if message is not None and step.message != message.id:
            asked.append(Question(len(asked), message, None))
            message = None
        if step.kind == UNDERSTANDING:
            message = step
        else:
            asked.append(Question(len(asked), message, step))
            message = None
    return [*asked, Question(len(asked), message, None)] if message is not None else asked


def spell_out(questions: Iterable[Question], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers with what they imply: whoever answers for the action has answered for its message.

    "Yes" and "the intent is right but the action is wrong" confirm a message that was not corrected.
    """
    full = dict(answers)
    for question in questions:
        if question.understanding is None or question.action is None:
            continue
        of_action = full.get(question.action.id, NO_ANSWER)
        of_message = full.get(question.understanding.id, NO_ANSWER)
        if of_action.decides and not of_message.given:
            full[question.understanding.id] = replace(of_message, confirmed=True)
    return full


def with_messages(questions: Iterable[Question], known: Mapping[str, T]) -> dict[str, T]:
    """What is known of the decisions on steps, also of messages that were answered for with their action.

    Args:
        known: step id -> when it was decided, say; of a message of its own right it stays as it is.
    """
    full = dict(known)
    for question in questions:
        if question.understanding is not None and question.action is not None and question.action.id in known:
            full.setdefault(question.understanding.id, known[question.action.id])
    return full
