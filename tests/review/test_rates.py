"""Shares and their differences, held against statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from recorder.review.rates import Rate, difference

RATES = st.integers(1, 400).flatmap(lambda of: st.builds(Rate, st.integers(0, of), st.just(of)))


@given(RATES)
def test_intervals_are_wilsons(rate: Rate) -> None:
    assert rate.interval == pytest.approx(proportion_confint(rate.hits, rate.of, method="wilson"), abs=1e-9)


@given(RATES, RATES)
def test_differences_have_newcombes_interval(one: Rate, other: Rate) -> None:
    found = difference(one, other)

    assert found is not None
    expected = confint_proportions_2indep(one.hits, one.of, other.hits, other.of, method="newcomb")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)
    assert found.low <= found.value <= found.high


def test_of_nothing_everything_is_possible() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval) == (None, (0.0, 1.0))
    assert difference(Rate(0, 0), Rate(1, 2)) is None
