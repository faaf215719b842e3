"""One annotator's review with what stands of each step at hand, and what comes next made ready for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from recorder.events.event import Event, Recorded, changed
from recorder.events.review import (
    Decision,
    DecisionRedone,
    DecisionUndone,
    ResponseWritten,
    RestConfirmed,
    ReviewReopened,
    StepConfirmed,
)
from recorder.review.reviews import NO_ANSWER, Answer, Review, answers, steps_of


class Said(NamedTuple):
    """A decision that is to be written."""

    decision: Event
    """A `Decision` whatever its `made_on`, or what takes one back or brings it back."""
    question: Sequence[str] = ()
    """Ids of the steps of its question."""


class Marks:
    """Costs no more for a long review than for a short one, once it is read."""

    def __init__(self, records: Iterable[Recorded] = ()) -> None:
        self.review = Review()
        self._on: dict[str, list[str]] = {}
        for record in records:
            self.take(record)

    def take(self, record: Recorded) -> None:
        """One more event of the review."""
        event, review = record.event, self.review
        match event:
            case Decision():
                self._stands(record.id, event)
            case DecisionUndone(decision=decision) if decision in review.events:
                for step in steps_of(review.events[decision]):
                    if decision in self._on.get(step, ()):
                        self._on[step].remove(decision)
            case DecisionRedone(decision=decision) if decision in review.undone:
                self._stands(decision, review.events[decision])
            case _:
                pass
        review.evolve(record.id, event, record.position)

    def _stands(self, decision_id: str, decision: Event) -> None:
        for step in steps_of(decision):
            self._on.setdefault(step, []).append(decision_id)

    def on(self, step: str) -> tuple[str, ...]:
        """Ids of the decisions that stand of a step, oldest first."""
        return tuple(self._on.get(step, ()))

    def said(self, step: str) -> list[Decision]:
        """What stands of a step alone, oldest first."""
        return list(self._said(step))

    def answer(self, step: str) -> Answer:
        return answers(self._said(step)).get(step, NO_ANSWER)

    def _said(self, step: str) -> Iterator[Decision]:
        so_far: list[Decision] = []
        for decision_id in self._on.get(step, ()):
            event = self.review.events[decision_id]
            if isinstance(event, RestConfirmed):
                if step not in event.steps or answers(so_far).get(step, NO_ANSWER).given:
                    continue
                event = StepConfirmed(step, 0)
            if isinstance(event, Decision):
                so_far.append(event)
                yield event

    def next(self, sayings: Iterable[Said]) -> list[Event]:
        """The events that say so, each decision on the version that it will find."""
        events: list[Event] = [ReviewReopened()] if self.review.submitted else []
        more = Counter[str]()
        for decision, question in sayings:
            event = decision
            if isinstance(decision, Decision):
                event = changed(
                    decision, made_on=self.review.version(question) + sum(more[s] for s in question)
                )
            more.update(steps_of(self._about(event)))
            events.append(event)
        return events if more else []

    def steps(self, events: Iterable[Event]) -> Iterator[str]:
        """The steps that they are about."""
        return (step for event in events for step in steps_of(self._about(event)))

    def _about(self, event: Event) -> Event:
        match event:
            case DecisionUndone(decision=decision) | DecisionRedone(decision=decision):
                return self.review.events[decision]
            case _:
                return event

    def responses(self) -> dict[str, str]:
        """Name -> text of the responses written in place."""
        return {d.name: d.text for d in self.review.decisions() if isinstance(d, ResponseWritten)}
