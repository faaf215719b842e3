"""Hints for who is new: when they come, and that they come no more once they are closed."""

from __future__ import annotations

import pytest

from recorder.errors import NotAllowed
from recorder.events.event import own_stream
from recorder.review.batches import State
from recorder.review.people import Person
from recorder.services.batching import Task
from recorder.services.guiding import close_guide, is_closed, is_guided
from recorder.store.log import EventLog

ANA, BEN, VIC = Person("ana/ü", "annotator"), Person("ben", "annotator"), Person("vic", "viewer")


def task(state: State = "mine", *, guided: bool = True) -> Task:
    return Task("b", 0, "s", state, (), False, guided, 1, 0, (), None, False)


def test_hints_come_until_the_first_review_is_submitted(log: EventLog) -> None:
    assert is_guided(log, ANA, submitted=0)
    assert is_guided(log, ANA, submitted=0, task=task(guided=False))
    assert not is_guided(log, ANA, submitted=1)


def test_hints_come_in_the_session_that_a_batch_has_as_somebodys_first_until_it_is_done(
    log: EventLog,
) -> None:
    assert is_guided(log, ANA, submitted=7, task=task())
    assert not is_guided(log, ANA, submitted=7, task=task("done"))
    assert not is_guided(log, ANA, submitted=7, task=task(guided=False))


def test_who_closes_them_gets_none_any_more_and_others_do(log: EventLog) -> None:
    close_guide(log, ANA)
    close_guide(log, ANA)

    assert is_closed(log, ANA)
    assert not is_guided(log, ANA, submitted=0, task=task())
    assert is_guided(log, BEN, submitted=0)
    assert [row.actor for row in log.read(own_stream("ana/ü"))] == ["ana/ü"]


def test_who_may_not_decide_gets_none(log: EventLog) -> None:
    assert not is_guided(log, VIC, submitted=0)
    with pytest.raises(NotAllowed):
        close_guide(log, VIC)
