"""Whether somebody's latest weeks are like those before."""

from __future__ import annotations

import doctest

from recorder.review import drift
from recorder.review.drift import Week, trends
from recorder.review.rates import Rate


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(drift).failed == 0


def test_the_latest_weeks_of_each_person_are_held_against_all_before_them() -> None:
    weeks = [
        Week("2026-W02", "bea", Rate(10, 40)),
        Week("2026-W01", "cleo", Rate(1, 1)),
        Week("2026-W01", "bea", Rate(40, 40)),
        Week("2025-W52", "bea", Rate(38, 40)),
    ]

    bea, cleo = trends(weeks)

    assert [each.week for each in bea.weeks] == ["2025-W52", "2026-W01", "2026-W02"]
    assert (bea.lately, bea.before, bea.all) == (Rate(10, 40), Rate(78, 80), Rate(88, 120))
    assert bea.change is not None
    assert bea.change.is_clear
    assert bea.change.value < 0
    assert (cleo.before, cleo.change) == (Rate(0, 0), None)


def test_as_many_weeks_are_the_latest_as_say_something() -> None:
    weeks = [Week(f"2026-W{n:02}", "bea", Rate(10, 14)) for n in range(1, 6)] + [
        Week("2026-W06", "bea", Rate(2, 2))
    ]

    (bea,) = trends(weeks)
    (few,) = trends(weeks[-2:])

    assert (bea.weeks[bea.since].week, bea.lately, bea.before) == ("2026-W04", Rate(22, 30), Rate(30, 42))
    assert (few.since, few.lately, few.before, few.change) == (0, Rate(12, 16), Rate(0, 0), None)


def test_of_nobody_there_is_no_trend() -> None:
    assert trends([]) == []
