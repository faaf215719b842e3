"""Dawid and Skene's model, held against the example of their paper."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.review.aggregation import dawid_skene

READINGS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111
2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111
2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432
1111111 1111111 1212111 2322222 1211111 2222222
"""
"""Table 1: of each patient the readings of five anaesthetists, three by the first one."""
VOTES = [
    (f"{number:02}", "1112345"[place], label)
    for number, patient in enumerate(READINGS.split())
    for place, label in enumerate(patient)
]


def test_the_example_of_the_paper_comes_out_as_it_was_published() -> None:
    found = dawid_skene(VOTES, smoothing=0)

    assert [round(found.frequency[label], 2) for label in "1234"] == [0.40, 0.42, 0.11, 0.07]
    first = [[round(found.errors["1"][true][given], 2) for given in "1234"] for true in "123"]
    assert first == [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0]]
    assert found.likely["00"][0] == "1"
    assert found.likely["00"][1] > 0.999


def test_who_is_mostly_wrong_is_outvoted_by_fewer_who_are_right() -> None:
    dice = random.Random(7)
    chance = {"ana": 0.95, "ben": 0.95, "cleo": 0.3, "dan": 0.3, "eva": 0.3}
    right = {f"{i}": dice.choice("xyz") for i in range(400)}
    votes = [
        (item, who, true if dice.random() < sure else dice.choice("xyz"))
        for item, true in right.items()
        for who, sure in chance.items()
    ]

    found = dawid_skene(votes)

    correct = sum(found.likely[item][0] == true for item, true in right.items()) / len(right)
    assert correct > 0.95
    assert found.reliability["ana"] > 0.9 > 0.6 > found.reliability["cleo"]
    assert found.reliability["ana"] == pytest.approx(0.967, abs=0.04)  # by chance it is also right


def test_of_no_votes_nothing_follows() -> None:
    assert dawid_skene([]).likely == {}


@given(
    st.lists(
        st.tuples(st.sampled_from("123456"), st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=30
    )
)
def test_chances_are_chances(votes: list[tuple[str, str, str]]) -> None:
    found = dawid_skene(votes)

    assert all(1 / 3 - 1e-9 <= sure <= 1 + 1e-9 for _, sure in found.likely.values())
    assert all(0 <= share <= 1 + 1e-9 for share in found.reliability.values())
    for of_one in found.errors.values():
        assert all(sum(given.values()) == pytest.approx(1) for given in of_one.values())
    if votes:
        assert sum(found.frequency.values()) == pytest.approx(1)
