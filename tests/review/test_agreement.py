"""Figures of agreement are those of independent libraries, and what cannot be said says why."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from recorder.review.agreement import Agreement, agreement, by_label, by_pair, confusion, counts, ratings_of

LABELS = ("greet", "goodbye", "inform", "thanks")
PEOPLE = ("ana", "bo", "cy", "di", "eve")


def tables(people: int, *, gaps: bool) -> st.SearchStrategy[list[dict[str, str]]]:
    label = st.sampled_from(LABELS)
    names = PEOPLE[:people]
    if not gaps:
        return st.lists(st.fixed_dictionaries(dict.fromkeys(names, label)), min_size=1, max_size=40)
    return st.lists(st.dictionaries(st.sampled_from(names), label), min_size=1, max_size=40)


def value(found: Agreement, name: str) -> float | None:
    return found[name].value


@given(tables(5, gaps=True))
@settings(max_examples=150, deadline=None)
def test_krippendorff_is_that_of_its_library_with_gaps_too(ratings: list[dict[str, str]]) -> None:
    found = agreement(ratings, samples=0)
    data = [[each.get(name, "") for each in ratings] for name in PEOPLE]
    codes = np.array([[LABELS.index(x) if x else np.nan for x in row] for row in data])
    given_labels = {x for each in ratings if len(each) > 1 for x in each.values()}
    if len(given_labels) < 2:
        assert value(found, "krippendorff") is None
        return
    expected = krippendorff.alpha(
        reliability_data=codes, level_of_measurement="nominal", value_domain=list(range(len(LABELS)))
    )
    assert value(found, "krippendorff") == pytest.approx(expected, abs=1e-6)


@given(tables(4, gaps=False))
@settings(max_examples=100, deadline=None)
def test_fleiss_is_that_of_statsmodels(ratings: list[dict[str, str]]) -> None:
    found = value(agreement(ratings, samples=0), "fleiss")
    rows = [[LABELS.index(each[name]) for name in PEOPLE[:4]] for each in ratings]
    table, _ = aggregate_raters(np.array(rows))
    if table.shape[1] == 1:
        assert found is None
    else:
        assert found == pytest.approx(fleiss_kappa(table), abs=1e-6)


@given(tables(2, gaps=True))
@settings(max_examples=150, deadline=None)
def test_cohen_is_that_of_scikit_learn_on_what_both_saw(ratings: list[dict[str, str]]) -> None:
    found = agreement(ratings, samples=0)
    both = [each for each in ratings if len(each) == 2]
    pairs = [(each["ana"], each["bo"]) for each in both]
    if len({x for pair in pairs for x in pair}) < 2:
        assert value(found, "cohen") is None
        assert found["cohen"].undefined
    else:
        expected = cohen_kappa_score(*zip(*pairs, strict=True))
        assert value(found, "cohen") == pytest.approx(expected, abs=1e-6)


@given(tables(5, gaps=True))
@settings(max_examples=100, deadline=None)
def test_percent_fleiss_and_ac1_follow_the_formulas_step_by_step(ratings: list[dict[str, str]]) -> None:
    """As Gwet's handbook writes them, item by item, label by label."""
    found = agreement(ratings, samples=0)
    shared = [Counter(each.values()) for each in ratings if len(each) > 1]
    if not shared:
        assert all(each.value is None and each.undefined for each in found.coefficients)
        return
    observed = sum(
        sum(n * (n - 1) for n in each.values()) / (each.total() * (each.total() - 1)) for each in shared
    ) / len(shared)
    labels = sorted({label for each in shared for label in each})
    share = {label: sum(each[label] / each.total() for each in shared) / len(shared) for label in labels}
    assert value(found, "percent") == pytest.approx(observed, abs=1e-9)
    if len(labels) > 1:
        by_chance = sum(p * p for p in share.values())
        assert value(found, "fleiss") == pytest.approx((observed - by_chance) / (1 - by_chance), abs=1e-9)
        by_chance = sum(p * (1 - p) for p in share.values()) / (len(labels) - 1)
        assert value(found, "ac1") == pytest.approx((observed - by_chance) / (1 - by_chance), abs=1e-9)


@given(tables(3, gaps=True), st.randoms())
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_items_nor_names_matter(ratings: list[dict[str, str]], random: object) -> None:
    renamed = [{f"x{name}": f"_{label}" for name, label in each.items()} for each in reversed(ratings)]
    before, after = agreement(ratings, samples=0), agreement(renamed, samples=0)
    for one, other in zip(before.coefficients, after.coefficients, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-9)


def test_what_cannot_be_said_says_why() -> None:
    assert "no item has votes of two" in agreement([{"ana": "greet"}, {}])["krippendorff"].undefined
    always = agreement([{"ana": "greet", "bo": "greet"}] * 5)
    assert always["percent"].value == 1.0
    assert always["fleiss"].value is None
    assert "everybody always gave the same label" in always["cohen"].undefined


def test_an_interval_holds_the_value_and_narrows_with_more_items() -> None:
    ratings = [
        {"ana": "greet", "bo": "greet"},
        {"ana": "greet", "bo": "inform"},
        {"ana": "inform", "bo": "inform"},
    ]
    few, many = agreement(ratings * 5), agreement(ratings * 200)
    for name in ("percent", "cohen", "fleiss", "krippendorff", "ac1"):
        narrow, wide = many[name], few[name]
        assert narrow.low is not None and narrow.high is not None and narrow.value is not None
        assert wide.low is not None and wide.high is not None
        assert narrow.low <= narrow.value <= narrow.high
        assert narrow.high - narrow.low < wide.high - wide.low
    assert agreement(ratings * 5) == agreement(ratings * 5)


def test_pairs_labels_and_confusions_are_counted() -> None:
    ratings = list(
        ratings_of(
            [
                ("1", "ana", "greet"),
                ("1", "bo", "inform"),
                ("1", "bo", "greet"),
                ("2", "ana", "greet"),
                ("2", "bo", "inform"),
                ("2", "cy", "inform"),
                ("3", "cy", "thanks"),
            ]
        ).values()
    )

    assert {pair: found.items for pair, found in by_pair(ratings).items()} == {
        ("ana", "bo"): 2,
        ("ana", "cy"): 1,
        ("bo", "cy"): 1,
    }
    assert by_label(ratings)["thanks"].items == 2
    assert confusion(ratings) == Counter(
        {("greet", "greet"): 1, ("greet", "inform"): 2, ("inform", "inform"): 1}
    )
    assert counts(ratings).tolist() == [[2, 0, 0], [1, 2, 0], [0, 0, 1]]
    assert agreement(ratings).alone == 1


@given(tables(5, gaps=True), st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_a_label_against_all_others_is_what_it_is_where_there_are_no_others(
    ratings: list[dict[str, str]], people: int
) -> None:
    ratings = [{name: x for name, x in each.items() if name in PEOPLE[:people]} for each in ratings]

    found = by_label(ratings, samples=20)

    for label, each in found.items():
        said = [{n: x if x == label else f"not {label}" for n, x in of.items()} for of in ratings]
        whole = agreement(said, samples=20)
        assert (each.items, each.votes, each.alone) == (whole.items, whole.votes, whole.alone)
        for one, other in zip(each.coefficients, whole.coefficients, strict=True):
            assert (one.name, one.undefined) == (other.name, other.undefined)
            for name in ("value", "low", "high"):
                assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 60), min_size=2, max_size=4), min_size=30, max_size=60))
@settings(max_examples=20, deadline=None)
def test_of_many_labels_the_figures_are_the_same(drawn: list[list[int]]) -> None:
    ratings = [{PEOPLE[n]: f"label {x}" for n, x in enumerate(each)} for each in drawn]

    many = agreement(ratings, samples=20)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("recorder.review.agreement._MANY_LABELS", 1_000)
        few = agreement(ratings, samples=20)

    for one, other in zip(many.coefficients, few.coefficients, strict=True):
        for name in ("value", "low", "high"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


def test_real_turns_that_were_labelled_twice(shared: Path) -> None:
    file = shared / "multidogo" / "agreement_pairs_airline.tsv"
    with file.open(newline="", encoding="utf-8") as opened:
        rows = [row for row in csv.reader(opened, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) == 7]
    ratings = [{"turn": row[3], "sentence": row[4]} for row in rows[1:]]

    found = agreement(ratings, samples=0)

    assert found["percent"].value == pytest.approx(0.9221, abs=5e-5)
    assert found["cohen"].value == pytest.approx(0.9048, abs=5e-5)
    assert sum(n for (a, b), n in confusion(ratings).items() if a != b) == 1385
