"""How fast decisions were made: signals, not findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from recorder.events.event import Event
from recorder.events.review import ActionCorrected, DecisionUndone, RestConfirmed, StepConfirmed
from recorder.review.reviews import replay
from recorder.review.screening import Press, presses, quick, times

START = datetime(2026, 1, 8, tzinfo=UTC)


def yes(*steps: str) -> list[Event]:
    return [StepConfirmed(step, 0) for step in steps]


def made(events: Sequence[Event], *seconds: float) -> list[Press]:
    """Args: seconds: of each event, when it came."""
    review = replay((str(i), event) for i, event in enumerate(events))
    return presses(review, {str(i): START + timedelta(seconds=at) for i, at in enumerate(seconds)})


def runs(events: Sequence[Event], *seconds: float) -> list[int]:
    return [len(run) for run in quick(made(events, *seconds))]


def test_five_times_yes_within_half_a_second_each_is_a_run() -> None:
    assert runs(yes(*"abcde"), 0, 0.4, 0.8, 1.2, 1.6) == [5]
    assert runs(yes(*"abcd"), 0, 0.4, 0.8, 1.2) == []
    assert runs(yes(*"abcde"), 0, 0.6, 1.2, 1.8, 2.4) == []


def test_half_of_them_have_to_be_fast_and_a_pause_in_between_is_none() -> None:
    assert runs(yes(*"abcdef"), 0, 0.2, 0.4, 60, 60.2, 60.4) == [6]
    assert runs(yes(*"abcdef"), 0, 2, 4, 4.2, 6, 8) == []


def test_a_correction_ends_a_run() -> None:
    events = [*yes(*"abc"), ActionCorrected("d", 0, "x"), *yes(*"efg")]

    assert runs(events, *(i / 5 for i in range(7))) == []


def test_who_takes_back_or_corrects_what_was_quick_has_looked() -> None:
    back = [*yes(*"abcde"), DecisionUndone("4")]
    corrected = [*yes(*"abcde"), ActionCorrected("a", 1, "x")]

    assert runs(back, *(i / 5 for i in range(6))) == []
    assert runs(corrected, *(i / 5 for i in range(6))) == []


def test_what_came_together_shares_its_time() -> None:
    assert [press.seconds for press in made(yes(*"abcd"), 0, 3, 3, 3)] == [None, 1, 1, 1]


def test_yes_to_all_the_rest_is_one_press() -> None:
    (press,) = made([RestConfirmed("a", 0, ("a", "b", "c"))], 0)

    assert (press.steps, press.assents) == (("a", "b", "c"), True)


def test_a_step_was_decided_when_its_latest_standing_decision_was_made() -> None:
    review = replay([("0", StepConfirmed("a", 0)), ("1", StepConfirmed("a", 1)), ("2", DecisionUndone("1"))])

    assert times(review, {"0": START, "1": START + timedelta(1)}) == {"a": START}
