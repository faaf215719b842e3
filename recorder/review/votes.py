"""What annotators say is right at one step, counted: the raw material of agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.review.reviews import NO_ANSWER, Answer

NOTHING: Final = "(nothing)"
"""Label of an action that should not have been taken."""
UNSURE: Final = "(unsure)"
"""Label of whoever cannot tell what is right."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Label -> how many annotators gave it; most votes first, then by name."""

    labels: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.labels.values())

    @property
    def share(self) -> float | None:
        """Of all votes, for the label that has most; None where there is no vote."""
        return max(self.labels.values()) / self.count if self.labels else None

    @property
    def pairs(self) -> int:
        """How many pairs of annotators both voted."""
        return _pairs(self.count)

    @property
    def agreeing(self) -> int:
        """How many of the pairs said the same; over `pairs`, it is percent agreement."""
        return sum(_pairs(count) for count in self.labels.values())


def votes(step: Step, reviews: Iterable[Mapping[str, Answer]]) -> Votes:
    """Count what each review (spelled out, see `questions`) says of the step."""
    given = (label(step, review.get(step.id, NO_ANSWER)) for review in reviews)
    counted = Counter(name for name in given if name is not None)
    return Votes(dict(sorted(counted.items(), key=lambda each: (-each[1], each[0]))))


def label(step: Step, answer: Answer) -> str | None:
    """The intent, or the action, that an answer says is right; None: it is no vote."""
    if answer.unsure:
        return UNSURE
    if answer.removed:
        return NOTHING
    corrected = answer.intent if step.kind == UNDERSTANDING else answer.action
    if corrected is not None:
        return corrected
    return (step.chosen or "") if answer.decides else None


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
