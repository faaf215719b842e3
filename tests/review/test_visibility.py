"""Who may see what of a session that is queued."""

from __future__ import annotations

import itertools

import pytest

from recorder.review.people import ROLES, Person, Role
from recorder.review.visibility import Case, may_see

FLAGS = (True, False)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_hidden_of_shown_sessions_or_after_the_own_review(role: Role) -> None:
    person = Person("p", role)

    for part, vote in itertools.product(FLAGS, FLAGS):
        shown = Case(blind=False, takes_part=part, can_vote=vote)
        after = Case(blind=True, takes_part=part, can_vote=vote, submitted=True)
        assert may_see(person, shown, "model") and may_see(person, shown, "others")
        assert may_see(person, after, "model") and may_see(person, after, "others")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", ["model", "others"])
def test_whoever_has_a_vote_to_give_sees_nothing_before(role: Role, what: str) -> None:
    queued = Case(blind=True, takes_part=True, can_vote=True)

    seen = may_see(Person("p", role), queued, "model" if what == "model" else "others")

    assert seen is (role == "viewer" and what == "model"), "a viewer has no vote"


def test_who_adjudicates_sees_all_once_others_have_the_places() -> None:
    full = Case(blind=True, takes_part=True, can_vote=False)

    assert may_see(Person("p", "adjudicator"), full, "others")
    assert not may_see(Person("p", "annotator"), full, "others")
    assert not may_see(Person("p", "annotator"), full, "model"), "late work is work all the same"


def test_others_decisions_go_to_no_annotator_or_viewer_outside_of_the_batch() -> None:
    outside = Case(blind=True)

    seen = {role: may_see(Person("p", role), outside, "others") for role in ROLES}

    assert seen == {"viewer": False, "annotator": False, "adjudicator": True, "admin": True}
