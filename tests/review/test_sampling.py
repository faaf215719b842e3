"""Reasons to look at a session, and samples by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.steps import Step, cut
from recorder.errors import BatchRefused
from recorder.events.event import Event, session_stream
from recorder.events.session import ActionExecuted, Restarted, UserUttered
from recorder.review.sampling import (
    STRATEGIES,
    Candidate,
    Chosen,
    Votes,
    choose,
    choose_gold,
    is_not_understood,
    is_unsure,
    margin,
    paths,
    queue,
    suspicion,
)
from recorder.store.memory import MemoryLog
from tests.given import GREETING, REVIEWS, session

PLAIN = Candidate("s", 1, None, 0, 0, False, False, 0, 0, None, ())


def candidate(name: str, **values: Any) -> Candidate:
    return replace(PLAIN, session=name, began=crc32(name.encode()), **values)


def steps(*events: Event) -> list[Step]:
    log = MemoryLog()
    return cut(log.append(session_stream("s"), events))


def said(intent: str) -> UserUttered:
    return UserUttered("x", {"intent": {"name": intent}})


def test_suspicion_is_the_mean_of_four_parts() -> None:
    found = suspicion(candidate("a", new_path=True, unsure=3, not_understood=25))

    assert (found.new_path, found.odd_end, found.not_understood, found.unsure) == (1.0, 0.0, 1.0, 0.3)
    assert found.score == pytest.approx((1 + 0 + 1 + 0.3) / 4)


def test_a_step_is_unsure_when_its_first_two_choices_are_close() -> None:
    log = MemoryLog()
    turns = cut(session(log, "s", GREETING, REVIEWS))

    assert [step.chosen for step in turns if is_unsure(step)] == []
    assert margin((("a", 0.3), ("b", 0.45), ("c", 0.25))) == pytest.approx(0.15)
    assert margin((("a", 1.0),)) is None
    close = cut(session(MemoryLog(), "s", ("hi", "greet", 0.55, [("utter_greet", 0.9)])))
    assert [step.chosen for step in close if is_unsure(step)] == ["greet"]


def test_messages_without_an_intent_are_not_understood() -> None:
    found = steps(said("greet"), said("nlu_fallback"), UserUttered("?"), ActionExecuted("nlu_fallback"))

    assert [is_not_understood(step) for step in found] == [False, True, True, False]


def test_a_path_is_what_was_meant_and_done_in_an_episode() -> None:
    listen = ActionExecuted("action_listen")
    one = paths(steps(said("a"), ActionExecuted("x"), listen, Restarted(), said("a"), ActionExecuted("y")))
    other = paths(steps(said("a"), listen, ActionExecuted("y"), said("a")))

    assert len(one) == 5
    assert one[1] == one[2]
    assert one[0] == one[3] == other[0]
    assert one[4] == other[2]
    assert len({one[0], one[1], one[4], other[3]}) == 4
    assert paths(steps(said("x"))) != paths(steps(ActionExecuted("x")))


MANY = [
    candidate(
        f"s{n}",
        confidence=n / 100 if n % 3 else None,
        unsure=n % 7,
        new_path=n % 5 == 0,
        disputed=n % 4 if n % 2 else 0,
        reviewers=("ana",) if n % 2 else (),
        ended=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) if n % 4 else None,
    )
    for n in range(100)
]


@pytest.mark.parametrize(
    ("strategy", "sessions", "reason"),
    [
        ("uncertain", ["s2", "s4", "s8"], "least sure step 0.02"),
        ("suspicious", ["s20", "s90"], "suspicion 0.40: unknown path, 6 unsure steps"),
        ("disagreement", [f"s{n}" for n in range(3, 100, 4)], "3 disputed steps"),
        ("oldest", ["s2", "s6", "s10"], "old: 2026-01-03"),
    ],
)
def test_a_strategy_takes_the_most_urgent_first_and_says_why(
    strategy: Any, sessions: list[str], reason: str
) -> None:
    found = choose(MANY, {strategy: 1}, 100, 1)

    first = found[: len(sessions)]
    assert {each.candidate.session for each in first} == set(sessions)
    if strategy in ("uncertain", "oldest"):  # no two are alike
        assert [each.candidate.session for each in first] == sessions
    assert reason in [text for each in first for text in each.reasons]


def test_only_disagreement_takes_what_was_reviewed() -> None:
    for strategy in STRATEGIES:
        found = choose(MANY, {strategy: 1}, 100, 1)
        assert found
        assert {bool(each.candidate.reviewers) for each in found} == {strategy == "disagreement"}


def test_strategies_get_their_shares_and_fill_up_for_each_other() -> None:
    found = choose(MANY, {"uncertain": 0.7, "random": 0.3}, 10, 1)
    assert Counter(each.reasons[0].split()[0] for each in found) == {"least": 7, "random": 3}

    scarce = choose(MANY, {"unknown-path": 0.9, "random": 0.1}, 30, 1)
    assert Counter(each.reasons[0].split()[0] for each in scarce) == {"unknown": 10, "random": 20}


@given(
    shares=st.dictionaries(st.sampled_from(STRATEGIES), st.floats(0.01, 10), min_size=1),
    size=st.integers(1, 120),
    seed=st.integers(0, 99),
    order=st.randoms(),
)
def test_a_sample_has_no_doubles_is_as_large_as_it_may_be_and_depends_on_the_seed_alone(
    shares: Any, size: int, seed: int, order: Any
) -> None:
    found = choose(MANY, shares, size, seed)
    shuffled = MANY.copy()
    order.shuffle(shuffled)

    names = [each.candidate.session for each in found]
    assert len(set(names)) == len(names) <= size
    assert choose(shuffled, shares, size, seed) == found
    if len(found) < size:
        everything = {e.candidate.session for name in shares for e in choose(MANY, {name: 1}, 1000, seed)}
        assert everything == set(names)


def test_a_sample_without_a_strategy_is_refused() -> None:
    for shares in ({}, {"random": 0.0}):
        with pytest.raises(BatchRefused):
            choose(MANY, shares, 3, 1)  # type: ignore[arg-type]


def test_the_less_sure_may_need_more_votes() -> None:
    votes = Votes(1, ((0.6, 2), (0.3, 3)))

    assert [votes.of(sure) for sure in (0.9, 0.6, 0.59, 0.1, None)] == [1, 1, 2, 3, 3]


def test_blind_sessions_are_a_share_drawn_by_lot() -> None:
    chosen = choose(MANY, {"random": 1}, 40, 1)

    def blind(seed: int) -> list[int]:
        items = queue(chosen, [], votes=Votes(2), blind=0.2, annotators=(), guided=(), seed=seed)
        return [item.began for item in items if item.blind]

    assert len(blind(1)) == 8
    assert blind(1) == blind(1) != blind(2)


def test_gold_is_mixed_in_for_everybody_and_guides_the_new() -> None:
    people = ("ana", "bo", "cleo")
    reviewed = [candidate(f"g{n}", confidence=0.5, reviewers=("old hand",)) for n in range(5)]
    seen = candidate("seen", reviewers=("bo",))
    gold = choose_gold([*reviewed, seen], ["uncertain", "disagreement"], 3, people, 1)
    chosen = choose(MANY, {"uncertain": 1}, 37, 1)

    items = queue(chosen, gold, votes=Votes(2), blind=0.0, annotators=people, guided=["cleo"], seed=1)

    golden = [item for item in items if item.gold]
    assert len(gold) == len(golden) == 3
    assert {item.votes for item in golden} == {3}
    assert sorted(item.guided for item in golden) == [(), (), ("cleo",)]
    assert {item.reasons for item in golden} == {("least sure step 0.50",)}
    assert items.index(golden[-1]) - items.index(golden[0]) > 3
    assert choose_gold([seen], ["random"], 1, people, 1) == []


def test_what_is_sampled_is_queued_in_the_order_of_the_sample() -> None:
    chosen = [Chosen(candidate(name), ("random",)) for name in "cab"]

    items = queue(chosen, [], votes=Votes(), blind=0, annotators=(), guided=(), seed=1)

    assert [item.began for item in items] == [each.candidate.began for each in chosen]
