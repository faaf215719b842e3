"""What there is to adjudicate, and what agreement is made of, from the tables."""

from __future__ import annotations

import pytest

from recorder.events.event import Event, review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.read_models.judgements import Judgements
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.queries import asked, plan, reads_whole
from tests.read_models.given import World


def vote(log: SqlLog, name: str, annotator: str, *decisions: Event) -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    """Thirty sessions, every second one disputed at one step; three people know some of them."""
    for number in range(30):
        name = f"s{number:02}"
        session(any_sql_log, name, GREETING, REVIEWS)
        vote(any_sql_log, name, "ana", StepConfirmed(f"{name}-10", 0))
        if number % 2:
            vote(any_sql_log, name, "ben", ActionCorrected(f"{name}-10", 0, "utter_other"))
        if number % 6 == 1:
            vote(any_sql_log, name, "cleo", ActionCorrected(f"{name}-10", 0, "utter_third"))
        if number % 6 == 3:
            vote(any_sql_log, name, "cleo", StepConfirmed(f"{name}-10", 0))
    world = World.of(any_sql_log)
    world.models.catch_up()
    if any_sql_log.engine.dialect.name == "postgresql":
        with any_sql_log.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return world


@pytest.fixture
def judgements(world: World) -> Judgements:
    return world.sessions.judgements


def test_disputes_come_page_by_page_those_with_the_lowest_agreement_first(judgements: Judgements) -> None:
    first = judgements.due("disputed", size=4)
    second = judgements.due("disputed", after=first[-1].place, size=4)
    third = judgements.due("disputed", after=second[-1].place, size=4)

    found = [*first, *second, *third]
    assert (len(first), len(second), len(third)) == (4, 4, 2)
    assert [each.session for each in found[:5]] == [f"s{n:02}" for n in range(1, 30, 6)]
    assert len({each.session for each in found}) == 10
    assert [each.share for each in found] == sorted(each.share for each in found)
    assert found[0].labels == {"action_show_venue_reviews": 1, "utter_other": 1, "utter_third": 1}
    assert (found[0].step, found[0].question, found[0].kind) == ("s01-10", 2, "action")


def test_it_is_counted_what_there_is_to_do_of_all_and_of_some(judgements: Judgements) -> None:
    assert judgements.tasks() == {"disputed": 10, "one against": 5}
    assert judgements.tasks(["s01", "s03", "s05", "s00"]) == {"disputed": 2, "one against": 1}
    assert judgements.tasks([]) == {}


def test_only_some_sessions_are_looked_at_where_they_are_named(judgements: Judgements) -> None:
    assert [each.session for each in judgements.due("disputed", sessions=["s03", "s05", "s01"])] == [
        "s01",
        "s05",
    ]
    assert [each.session for each in judgements.rated(["s03", "s02"], 9)] == ["s03", "s03"]


def test_agreement_is_made_of_the_steps_that_several_judged(judgements: Judgements) -> None:
    rated = judgements.rated(None, 1000)

    assert len(rated) == 30  # of each of fifteen sessions the message and the action
    third = [each for each in rated if each.session == "s03"]
    assert {name: each["label"] for name, each in third[1].given.items()} == {
        "ana": "action_show_venue_reviews",
        "ben": "utter_other",
        "cleo": "action_show_venue_reviews",
    }
    assert [each.kind for each in third] == ["understanding", "action"]
    assert len(judgements.rated(None, 7)) == 7


def test_nothing_is_read_from_end_to_end_or_sorted(world: World, judgements: Judgements) -> None:
    with asked(world.log.engine) as statements:
        judgements.due("disputed", after=(0.4, "s20", 3))
        judgements.rated(None, 100)
        judgements.quick(None, 10)
        judgements.tasks()

    plans = [
        plan(world.log.engine, *statement)
        for statement in statements
        if "_list" in statement[0] or "counter" in statement[0]
    ]
    assert len(plans) == 4
    assert not any(map(reads_whole, plans)), plans
    assert not any("TEMP B-TREE" in each or "Sort" in each for each in plans[:3]), plans
    assert [
        "step_list_task" in plans[0],
        "step_list_shared" in plans[1],
        "review_list_quick" in plans[2],
    ] == [True] * 3
