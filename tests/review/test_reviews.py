"""One annotator's review: what stands after undo and redo, and what may be decided next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import AlreadySubmitted, InvalidDecision, ReviewError, StaleDecision, UnknownStep
from recorder.events.event import Event
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
from recorder.review.reviews import Answer, Review, answers, check, replay, responses

STEPS = {"u": ("u", "a"), "a": ("u", "a"), "b": ("b",)}


def given_events(*events: Event) -> Review:
    return replay((f"d{i}", event) for i, event in enumerate(events))


def test_the_latest_choice_on_a_step_counts() -> None:
    choices: list[Decision] = [ActionCorrected("a", 0, "x"), StepUnsure("a", 1), StepConfirmed("a", 2)]

    assert answers(choices)["a"] == Answer(confirmed=True)
    assert answers(choices[:2])["a"] == Answer(unsure=True)
    assert answers([*choices, ActionRemoved("a", 3)])["a"] == Answer(removed=True)


def test_notes_flags_slots_and_insertions_stand_beside_a_choice() -> None:
    said = answers(
        [
            StepNoted("a", 0, "odd"),
            StepFlagged("a", 1, "bug"),
            SlotCorrected("a", 2, "city", "Rome"),
            SlotCorrected("a", 3, "city", "Oslo"),
            ActionInserted("a", 4, "x"),
            ActionInserted("a", 5, "y"),
            StepConfirmed("a", 6),
        ]
    )["a"]

    assert said == Answer(
        confirmed=True, note="odd", flag="bug", slots=(("city", "Oslo"),), inserted=("x", "y")
    )


def test_confirming_the_rest_overrides_nothing() -> None:
    said = answers(
        [ActionCorrected("b", 0, "x"), StepSkipped("c", 0), RestConfirmed("a", 0, ("a", "b", "c", "d"))]
    )

    assert said["a"].confirmed and said["d"].confirmed
    assert said["b"] == Answer(action="x")
    assert said["c"] == Answer(skipped=True)


def test_a_cut_is_taken_back_by_saying_that_the_rest_holds() -> None:
    assert answers([SessionCut("a", 0), RestKept("a", 1)])["a"] == Answer(kept=True)


def test_the_latest_text_of_a_response_counts() -> None:
    assert responses(
        [ResponseWritten("a", 0, "utter_x", "hi"), ResponseWritten("b", 0, "utter_x", "hello")]
    ) == {"utter_x": "hello"}


def test_an_undone_decision_does_not_stand_and_a_redo_brings_it_back() -> None:
    undone = given_events(StepConfirmed("a", 0), ActionCorrected("b", 0, "x"), DecisionUndone("d1"))

    assert undone.standing == ["d0"]
    assert undone.version(("b",)) == 2

    undone.evolve("d3", DecisionRedone("d1"))

    assert undone.standing == ["d0", "d1"]
    assert undone.version(("b",)) == 3


def test_confirming_the_rest_is_one_undo() -> None:
    review = given_events(RestConfirmed("a", 0, ("a", "b")), DecisionUndone("d0"))

    assert answers(review.decisions()) == {}


def test_only_the_latest_decision_can_be_undone() -> None:
    review = given_events(StepConfirmed("a", 0), StepConfirmed("b", 0))

    check(review, DecisionUndone("d1"), STEPS)
    with pytest.raises(InvalidDecision):
        check(review, DecisionUndone("d0"), STEPS)


def test_a_new_decision_makes_a_redo_impossible() -> None:
    review = given_events(StepConfirmed("a", 0), DecisionUndone("d0"), StepConfirmed("b", 0))

    with pytest.raises(InvalidDecision):
        check(review, DecisionRedone("d0"), STEPS)


def test_a_decision_on_an_older_version_of_its_question_is_stale() -> None:
    review = given_events(IntentCorrected("u", 0, "bye"))

    check(review, StepConfirmed("a", 1), STEPS)
    with pytest.raises(StaleDecision):
        check(review, StepConfirmed("a", 0), STEPS)
    check(review, StepConfirmed("b", 0), STEPS)


def test_a_step_of_another_session_is_unknown() -> None:
    with pytest.raises(UnknownStep):
        check(Review(), StepConfirmed("z", 0), STEPS)
    with pytest.raises(UnknownStep):
        check(Review(), RestConfirmed("a", 0, ("a", "z")), STEPS)


def test_a_submitted_review_takes_no_decision_until_it_is_reopened() -> None:
    review = given_events(StepConfirmed("a", 0), ReviewSubmitted(3))

    for event in (StepConfirmed("b", 0), DecisionUndone("d0"), ReviewSubmitted(3)):
        with pytest.raises(AlreadySubmitted):
            check(review, event, STEPS)
    check(review, ReviewReopened(), STEPS)
    review.evolve("d2", ReviewReopened())
    check(review, StepConfirmed("b", 0), STEPS)


@pytest.mark.parametrize(
    "decision",
    [
        ActionCorrected("a", 0, " "),
        ActionInserted("a", 0, ""),
        IntentCorrected("u", 0, ""),
        StepFlagged("a", 0, "x"),
    ],
)
def test_empty_names_and_unknown_flags_are_refused(decision: Decision) -> None:
    with pytest.raises(InvalidDecision):
        check(Review(), decision, STEPS)


def test_what_is_not_submitted_cannot_be_reopened() -> None:
    with pytest.raises(InvalidDecision):
        check(Review(), ReviewReopened(), STEPS)


commands = st.lists(st.tuples(st.sampled_from(["confirm", "correct", "entities", "rest", "undo", "redo"]),
                              st.sampled_from(["u", "a", "b"])), max_size=30)  # fmt: skip


def _command(review: Review, name: str, step: str) -> Event:
    on = review.version(STEPS[step])
    made: dict[str, Any] = {
        "confirm": StepConfirmed(step, on),
        "correct": ActionCorrected(step, on, f"x{on}"),
        "entities": EntitiesCorrected(step, on, ({"entity": "e", "value": on},)),
        "rest": RestConfirmed(step, on, ("a", "b")),
        "undo": DecisionUndone(review.standing[-1] if review.standing else "none"),
        "redo": DecisionRedone(review.undone[-1] if review.undone else "none"),
    }
    event: Event = made[name]
    return event


def _played(script: list[tuple[str, str]]) -> Review:
    review = Review()
    for i, (name, step) in enumerate(script):
        event = _command(review, name, step)
        try:
            check(review, event, STEPS)
        except ReviewError:
            continue
        review.evolve(f"d{i}", event)
    return review


@given(commands)
def test_undo_then_redo_changes_nothing(script: list[tuple[str, str]]) -> None:
    review = _played(script)
    before = answers(review.decisions())
    depth = len(review.standing)

    for i in range(depth):
        review.evolve(f"u{i}", DecisionUndone(review.standing[-1]))
    assert answers(review.decisions()) == {}
    for i in range(depth):
        review.evolve(f"r{i}", DecisionRedone(review.undone[-1]))

    assert answers(review.decisions()) == before


@given(commands)
def test_a_review_folded_again_is_the_same(script: list[tuple[str, str]]) -> None:
    review = _played(script)

    assert replay(review.events.items()) == review


@given(commands)
def test_versions_only_grow(script: list[tuple[str, str]]) -> None:
    review, last = Review(), 0
    for i, (name, step) in enumerate(script):
        event = _command(review, name, step)
        try:
            check(review, event, STEPS)
        except ReviewError:
            continue
        review.evolve(f"d{i}", event)
        total = sum(review.versions.values())
        assert total > last
        last = total
