"""Several reviews -> one answer per step."""

from __future__ import annotations

from recorder.review.reviews import Answer
from recorder.review.verdicts import settle

YES, NO, ELSE = Answer(confirmed=True), Answer(action="x"), Answer(action="y")


def test_one_review_settles_its_steps() -> None:
    assert settle([{"a": NO}])["a"].answer == NO
    assert settle([]) == {}


def test_more_than_half_is_a_majority_and_half_is_a_dispute() -> None:
    assert settle([{"a": NO}, {"a": NO}, {"a": YES}])["a"].status == "majority"
    assert settle([{"a": NO}, {"a": YES}])["a"].status == "disputed"
    assert settle([{"a": NO}, {"a": YES}, {"a": ELSE}])["a"].status == "disputed"


def test_equal_answers_agree_whatever_their_notes() -> None:
    noted = Answer(action="x", note="odd", flag="bug")

    verdict = settle([{"a": NO}, {"a": noted}])["a"]

    assert verdict.status == "agreed"
    assert verdict.answer == NO


def test_who_skipped_a_step_or_never_came_to_it_has_no_vote() -> None:
    assert settle([{"a": NO}, {"a": Answer(skipped=True)}, {}])["a"].status == "agreed"
    assert settle([{"a": Answer(skipped=True)}])["a"].status == "unreviewed"
