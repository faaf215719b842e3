"""How decisions were made: when, how fast, what was on the screen. Signals to look at, not findings.

A run of quick assent: five times yes or more, one after the other, half of them within half a second, and
next to none taken back. It may be somebody who presses keys without looking, or an easy session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Final

from recorder.events.review import Decision, RestConfirmed, StepConfirmed
from recorder.review.reviews import NO_ANSWER, Review, answers, steps_of

LEAST: Final = 5
"""Times yes, one after the other."""
FAST: Final = 0.5
"""Seconds."""
CORRECTED: Final = 0.05
"""Share of them taken back or corrected later."""


@dataclass(frozen=True, slots=True)
class Press:
    """One decision as it was made."""

    steps: tuple[str, ...]
    assents: bool
    """It said yes to what was recorded."""
    seconds: float | None
    """Since the one before; None: it is the first of the review."""
    stands: bool
    """It was not taken back, and nothing else was said of its steps later."""


def presses(review: Review, decided: Mapping[str, datetime]) -> list[Press]:
    """The decisions of a review, in the order in which they were made, those taken back included.

    What the log took at the same instant came together: the time is divided among them.

    Args:
        decided: event id -> when the log took it.
    """
    said = answers(review.decisions())
    standing = frozenset(review.standing)
    made = [(i, e) for i, e in review.events.items() if isinstance(e, Decision) and i in decided]
    found: list[Press] = []
    before: datetime | None = None
    for at, together in groupby(made, key=lambda each: decided[each[0]]):
        group = list(together)
        seconds = None if before is None else (at - before).total_seconds() / len(group)
        before = at
        for event_id, event in group:
            assents = isinstance(event, StepConfirmed | RestConfirmed)
            kept = all(said.get(step, NO_ANSWER).confirmed for step in steps_of(event)) or not assents
            found.append(Press(steps_of(event), assents, seconds, event_id in standing and kept))
    return found


def quick(made: Iterable[Press]) -> Iterator[Sequence[Press]]:
    """The runs of quick assent among the decisions of a review."""
    for assents, together in groupby(made, key=lambda press: press.assents):
        run = list(together)
        known = [press.seconds for press in run if press.seconds is not None]
        if not assents or len(run) < LEAST or not known or median(known) >= FAST:
            continue
        if sum(not press.stands for press in run) <= CORRECTED * len(run):
            yield run


def times(review: Review, decided: Mapping[str, datetime]) -> dict[str, datetime]:
    """Step id -> when the latest standing decision on it was made."""
    return {
        step: decided[event_id]
        for event_id in review.standing
        if event_id in decided
        for step in steps_of(review.events[event_id])
    }


def shown(review: Review) -> dict[str, str]:
    """Step id -> what its annotator saw of the model when deciding; steps of which that is not known lack."""
    found = {step: event.shown for event in review.decisions() for step in steps_of(event)}
    return {step: what for step, what in found.items() if what}
