"""How far annotators agree on entities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.review.spans import Span, compare

SPANS = st.lists(
    st.builds(
        lambda start, length, what: (start, start + length, what),
        st.integers(0, 9),
        st.integers(1, 4),
        st.sampled_from(["city", "day"]),
    ),
    max_size=4,
    unique=True,
)


def test_spans_are_the_same_or_overlap_or_are_something_else() -> None:
    found = compare([{"ana": [(0, 4, "city"), (5, 9, "day")], "ben": [(0, 4, "city"), (7, 12, "day")]}])

    assert (found.pairs, found.spans, found.exact, found.overlapping) == (1, 4, 2, 4)
    assert (found.f1_exact, found.f1_overlapping) == (0.5, 1.0)
    assert compare([{"ana": [(0, 4, "city")], "ben": [(0, 4, "day")]}]).f1_overlapping == 0
    assert compare([{"ana": [(0, 4, "city")], "ben": [(4, 6, "city")]}]).overlapping == 0


def test_where_nobody_marked_anything_there_is_nothing_to_agree_on() -> None:
    found = compare([{"ana": [], "ben": []}, {"ana": [(0, 1, "x")]}])

    assert (found.pairs, found.f1_exact, found.f1_overlapping) == (1, None, None)


@given(SPANS, SPANS)
def test_it_makes_no_difference_whose_are_taken_as_right(one: list[Span], other: list[Span]) -> None:
    found = compare([{"a": one, "b": other}])

    assert found == compare([{"a": other, "b": one}])
    assert found.exact <= found.overlapping <= found.spans
    if one:
        assert compare([{"a": one, "b": one}]).f1_exact == 1


@given(SPANS, SPANS)
def test_it_is_the_f1_of_the_one_against_the_other(one: list[Span], other: list[Span]) -> None:
    same = len(set(one) & set(other))
    if same:
        precision, recall = same / len(other), same / len(one)
        assert compare([{"a": one, "b": other}]).f1_exact == pytest.approx(
            2 * precision * recall / (precision + recall)
        )
