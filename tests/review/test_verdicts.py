"""Votes and adjudications -> one verdict per step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.review.adjudications import Adjudication
from recorder.review.reviews import NO_ANSWER, Answer
from recorder.review.verdicts import RULES, Rule, Verdict, mark, plain, settle, votes_on, withheld

YES, NO, ELSE = Answer(confirmed=True), Answer(action="x"), Answer(action="y")
UNSURE, SKIPPED = Answer(unsure=True), Answer(skipped=True)
ANSWERS = st.sampled_from([YES, NO, ELSE, UNSURE, SKIPPED, NO_ANSWER, Answer(action="x", note="odd")])
VOTES = st.dictionaries(st.sampled_from("abcdef"), ANSWERS, max_size=6)
VERDICTS = st.sampled_from([YES, NO, UNSURE, Answer(removed=True)])


def verdict(*votes: Answer, over: Adjudication | None = None) -> Verdict:
    """Of one step, on which annotators 0, 1, … voted."""
    reviews = {str(i): {"a": vote} for i, vote in enumerate(votes)}
    return settle(reviews, {"a": over} if over else {}).get("a", Verdict("unreviewed", NO_ANSWER))


def adjudication(answer: Answer, *seen: Answer) -> Adjudication:
    return Adjudication(answer, (), "slip", "", "zoe", {str(i): mark(plain(v)) for i, v in enumerate(seen)})


def test_one_review_settles_its_steps() -> None:
    assert verdict(NO).answer == NO
    assert settle({}) == {}


def test_more_than_half_is_a_majority_and_half_is_a_dispute() -> None:
    assert verdict(NO, NO, YES).status == "majority"
    assert verdict(NO, YES).status == "disputed"
    assert verdict(NO, YES, ELSE).status == "disputed"


def test_equal_answers_agree_whatever_their_notes() -> None:
    found = verdict(NO, Answer(action="x", note="odd", flag="bug"))

    assert (found.status, found.answer) == ("agreed", NO)


def test_who_skipped_a_step_or_never_came_to_it_has_no_vote() -> None:
    assert settle({"a": {"s": NO}, "b": {"s": SKIPPED}, "c": {}})["s"].status == "agreed"
    assert verdict(SKIPPED).status == "unreviewed"


def test_an_adjudicator_looks_first_at_disputes_and_where_one_is_against_all_others() -> None:
    assert verdict(NO, YES).task == "disputed"
    assert verdict(NO, NO, YES).task == "one against"
    assert verdict(NO, NO, NO, YES, ELSE).task is None
    assert verdict(NO, NO).task is None


def test_what_was_adjudicated_stands_against_all_votes() -> None:
    found = verdict(NO, NO, NO, over=adjudication(YES, NO, NO, NO))

    assert (found.status, found.answer, found.against, found.task) == ("adjudicated", YES, 3, None)


def test_a_step_nobody_voted_on_can_be_adjudicated() -> None:
    assert verdict(over=adjudication(NO)) == Verdict("adjudicated", NO)


def test_a_vote_that_comes_afterwards_and_says_something_else_reopens_it_visibly() -> None:
    known = adjudication(YES, NO, YES)

    assert not verdict(NO, YES, over=known).reopened
    assert not verdict(NO, YES, YES, over=known).reopened
    assert not verdict(NO, YES, UNSURE, over=known).reopened
    assert verdict(NO, YES, NO, over=known).reopened
    assert verdict(ELSE, YES, over=known).reopened
    assert verdict(NO, YES, NO, over=known).task == "reopened"
    assert not verdict(NO, YES, NO, over=adjudication(YES, NO, YES, NO)).reopened


def test_a_rule_says_which_verdicts_an_export_takes() -> None:
    found = {
        "agreed": verdict(NO, NO),
        "majority": verdict(NO, NO, YES),
        "disputed": verdict(NO, YES),
        "adjudicated": verdict(NO, YES, over=adjudication(NO)),
        "nobody": Verdict("unreviewed", NO_ANSWER),
    }

    assert set(withheld(found, "unanimous")) == {"majority", "disputed"}
    assert set(withheld(found)) == {"disputed"}
    assert set(withheld(found, "adjudicated")) == {"agreed", "majority", "disputed"}
    assert withheld(found, "adjudicated")["disputed"] == "the annotators disagree on"


@given(VOTES, st.randoms())
def test_the_order_of_the_votes_makes_no_difference(votes: dict[str, Answer], random: object) -> None:
    names = list(votes)
    random.shuffle(names)  # type: ignore[attr-defined]

    assert settle({name: {"s": votes[name]} for name in names}) == settle(
        {name: {"s": votes[name]} for name in sorted(votes)}
    )


@given(VOTES, VOTES, VERDICTS)
def test_an_adjudication_stands_whatever_votes_come(
    before: dict[str, Answer], after: dict[str, Answer], said: Answer
) -> None:
    known = {
        name: mark(vote) for name, vote in votes_on("s", {n: {"s": v} for n, v in before.items()}).items()
    }
    over = {"s": Adjudication(said, (), "", "", "zoe", known)}

    then = settle({name: {"s": vote} for name, vote in before.items()}, over)["s"]
    now = settle({name: {"s": vote} for name, vote in (before | after).items()}, over)["s"]

    assert (then.status, then.answer, then.reopened) == ("adjudicated", said, False)
    assert (now.status, now.answer) == ("adjudicated", said)
    new = votes_on("s", {name: {"s": vote} for name, vote in after.items() if vote != before.get(name)})
    if not now.reopened:
        assert all(vote in (said, UNSURE) or known.get(name) == mark(vote) for name, vote in new.items())


@given(VOTES, st.sampled_from(RULES))
def test_what_is_disputed_is_taken_by_no_rule(votes: dict[str, Answer], rule: Rule) -> None:
    found = settle({name: {"s": vote} for name, vote in votes.items()})

    if found.get("s", Verdict("unreviewed", NO_ANSWER)).status == "disputed":
        assert "s" in withheld(found, rule)


@given(VOTES)
def test_a_majority_has_more_than_half_of_the_votes(votes: dict[str, Answer]) -> None:
    reviews = {name: {"s": vote} for name, vote in votes.items()}
    given = list(votes_on("s", reviews).values())
    found = settle(reviews).get("s", Verdict("unreviewed", NO_ANSWER))

    if found.status in ("agreed", "majority"):
        assert given.count(found.answer) * 2 > len(given)
        assert found.against == len(given) - given.count(found.answer)
    elif given:
        assert all(given.count(vote) * 2 <= len(given) for vote in given)
