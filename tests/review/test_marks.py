"""A review with what stands of each step at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recorder.events.event import Event, Recorded
from recorder.events.review import (
    ActionCorrected,
    Decision,
    DecisionRedone,
    DecisionUndone,
    ResponseWritten,
    RestConfirmed,
    ReviewReopened,
    ReviewSubmitted,
    StepConfirmed,
    StepUnsure,
)
from recorder.review import reviews
from recorder.review.marks import Marks, Said

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
STEPS = ("a", "b", "c")
steps = st.sampled_from(STEPS)
decisions = st.one_of(
    st.builds(StepConfirmed, steps, st.just(0)),
    st.builds(StepUnsure, steps, st.just(0)),
    st.builds(ActionCorrected, steps, st.just(0), st.just("utter_bye")),
    st.builds(RestConfirmed, steps, st.just(0), st.lists(steps, max_size=3).map(tuple)),
    st.builds(ResponseWritten, steps, st.just(0), st.just("utter_bye"), st.sampled_from(["Bye.", "Ciao."])),
)
commands = st.lists(decisions | st.sampled_from(["undo", "redo"]), max_size=12)


def told(given_commands: Sequence[Decision | str]) -> list[Recorded]:
    """As a review says them: an undo takes the latest decision that stands, a redo the latest that fell."""
    review, records = reviews.Review(), list[Recorded]()
    for number, command in enumerate(given_commands):
        event: Event | None = None
        if isinstance(command, Decision):
            event = command
        elif command == "undo" and review.standing:
            event = DecisionUndone(review.standing[-1])
        elif command == "redo" and review.undone:
            event = DecisionRedone(review.undone[-1])
        if event is not None:
            review.evolve(f"d{number}", event)
            records.append(record(event, f"d{number}"))
    return records


def record(event: Event, name: str) -> Recorded:
    return Recorded(event, name, "review/s/ana", 0, 1, NOON, NOON, "ana")


@given(commands)
def test_what_stands_of_a_step_is_what_the_whole_review_says(given_commands: list[Decision | str]) -> None:
    marks = Marks(told(given_commands))

    whole = marks.review.decisions()

    wanted = reviews.answers(whole)
    assert {step: marks.answer(step) for step in STEPS} == {
        step: wanted.get(step, reviews.NO_ANSWER) for step in STEPS
    }
    assert marks.responses() == reviews.responses(whole)


def test_decisions_are_made_on_the_version_that_they_find() -> None:
    marks = Marks()

    events = marks.next(
        [Said(ActionCorrected("b", 0, "x"), ("a", "b")), Said(ResponseWritten("b", 0, "x", "X."), ("a", "b"))]
    )

    assert [event.made_on for event in events if isinstance(event, Decision)] == [0, 1]
    review = reviews.Review()
    for number, event in enumerate(events):
        reviews.check(review, event, {"a": ("a", "b"), "b": ("a", "b")})
        review.evolve(str(number), event)


def test_a_submitted_review_is_reopened_by_what_comes_next_and_by_nothing_else() -> None:
    marks = Marks([record(ReviewSubmitted(3), "r")])

    assert marks.next([]) == []
    assert marks.next([Said(StepConfirmed("a", 0), ("a",))]) == [ReviewReopened(), StepConfirmed("a", 0)]
