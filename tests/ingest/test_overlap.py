"""Laying sequences over each other."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.ingest.overlap import merge

TIMES = {letter: float(number) for number, letter in enumerate("abcdefghij")}

stretches = st.tuples(st.integers(0, 9), st.integers(1, 9)).map(
    lambda at: "abcdefghij"[at[0] : at[0] + at[1]]
)
scrambled = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(st.lists(stretches))
def test_stretches_of_one_history_give_that_history(sequences: list[str]) -> None:
    times = dict.fromkeys(TIMES, 0.0)

    assert merge(sequences, times) == sorted({each for sequence in sequences for each in sequence})


@given(st.lists(scrambled, max_size=4), st.randoms(use_true_random=False))
def test_every_id_comes_once_whatever_the_order_of_the_sequences(
    sequences: list[list[str]], random: object
) -> None:
    order = merge(sequences, TIMES)

    assert sorted(order) == sorted({each for sequence in sequences for each in sequence})
    assert all(merge(list(other), TIMES) == order for other in permutations(sequences))


@given(scrambled)
def test_a_sequence_keeps_its_order_against_all_times(sequence: list[str]) -> None:
    assert merge([sequence], TIMES) == sequence


@pytest.mark.parametrize(
    ("sequences", "order"),
    [
        ([], ""),
        ([""], ""),
        (["cde", "abc"], "abcde"),
        (["ef", "ab"], "abef"),
        (["abj", "aej"], "abej"),
        (["ba", "ac"], "bac"),
        (["ab", "ba"], "ab"),
    ],
)
def test_what_is_left_open_is_decided_by_time(sequences: list[str], order: str) -> None:
    assert "".join(merge(sequences, TIMES)) == order
