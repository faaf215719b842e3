"""Roles and what they may."""

from __future__ import annotations

from itertools import pairwise

import pytest

from recorder.errors import NotAllowed
from recorder.review.people import RIGHTS, ROLES, Person, may, operator, require


def test_each_role_may_do_what_the_one_before_it_may_and_something_more() -> None:
    allowed = [{c for c in RIGHTS if may(Person("p", role), c)} for role in ROLES]

    assert all(less < more for less, more in pairwise(allowed))
    assert allowed[-1] == set(RIGHTS)


def test_a_viewer_only_reads() -> None:
    viewer = Person("vera", "viewer")

    assert {command for command in RIGHTS if may(viewer, command)} == {
        "read_sessions",
        "read_people",
        "change_own_password",
        "compare_models",
    }


def test_who_may_not_is_told_what_it_takes() -> None:
    with pytest.raises(
        NotAllowed, match=r"^vera is signed in as viewer and may not decide: that takes the role annotator\.$"
    ):
        require(Person("vera", "viewer"), "decide")


def test_whoever_has_the_database_in_hand_may_do_everything() -> None:
    assert all(may(operator("root"), command) for command in RIGHTS)


def test_a_command_that_is_not_in_the_table_is_a_mistake_and_allowed_to_nobody() -> None:
    with pytest.raises(KeyError):
        may(operator("root"), "fly")
