"""Adjudicating what people disagree on, over a log in memory and one on disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recorder.errors import InvalidDecision, NotAllowed, UnknownSession, UnknownStep, VotesChanged
from recorder.events.event import Event, adjudication_stream, review_stream
from recorder.events.review import (
    ActionCorrected,
    IntentCorrected,
    ReviewReopened,
    ReviewSubmitted,
    StepConfirmed,
    StepNoted,
)
from recorder.review.people import Person
from recorder.review.reviews import Answer
from recorder.services.adjudicating import (
    Case,
    adjudicate,
    adjudicate_all,
    answer_of,
    docket,
    open_case,
    withdraw,
)
from recorder.services.compiling import compile_export
from recorder.services.gold import reviewed_sessions
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from tests.given import GREETING, REVIEWS, session
from tests.read_models.given import World

ZOE = Person("zoe", "adjudicator")
STEP = "s-10"
"""What the bot did after the second message."""


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
    else:
        url = f"sqlite:///{tmp_path / 'log.db'}"
        upgrade(url)
        yield open_log(url)


@pytest.fixture
def desk(log: EventLog) -> Desk:
    session(log, "s", GREETING, REVIEWS)
    return Desk(log)


def vote(log: EventLog, annotator: str, *decisions: Event, name: str = "s") -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


def disagree(log: EventLog) -> None:
    vote(log, "ana", StepConfirmed(STEP, 0), StepNoted(STEP, 1, "fine"))
    vote(log, "ben", ActionCorrected(STEP, 0, "utter_other"))


def case(desk: Desk) -> Case:
    return open_case(desk, "s", STEP, ZOE)


def decide(desk: Desk, answer: Answer, *, seen: Case | None = None, command: str = "c1") -> None:
    mark = (seen or case(desk)).mark
    adjudicate(desk, "s", STEP, answer, ZOE, reason="slip", note=" so it is ", mark=mark, command=command)


def test_a_case_shows_the_votes_side_by_side_and_the_dialogue_around_the_step(desk: Desk) -> None:
    disagree(desk.log)
    desk.log.append(review_stream("s", "cleo"), [StepConfirmed(STEP, 0)])  # not submitted

    found = case(desk)

    assert [(v.annotator, v.label, v.note) for v in found.votes] == [
        ("ana", "action_show_venue_reviews", "fine"),
        ("ben", "utter_other", ""),
    ]
    assert (found.verdict.status, found.adjudication) == ("disputed", None)
    assert [q.id for q in found.before] == ["s-3", "s-6"]
    assert [q.id for q in found.after] == ["s-12"]


def test_a_verdict_settles_the_step_and_says_who_decided_and_why(desk: Desk) -> None:
    disagree(desk.log)

    decide(desk, Answer(action="utter_third"))

    found = case(desk)
    assert (found.verdict.status, found.verdict.answer.action) == ("adjudicated", "utter_third")
    assert found.adjudication is not None
    assert (found.adjudication.by, found.adjudication.reason, found.adjudication.note) == (
        "zoe",
        "slip",
        "so it is",
    )


def test_votes_that_come_later_leave_it_as_it_is_and_reopen_it_if_they_contradict(desk: Desk) -> None:
    disagree(desk.log)
    decide(desk, Answer(confirmed=True))

    vote(desk.log, "cleo", StepConfirmed(STEP, 0))
    assert not case(desk).verdict.reopened
    vote(desk.log, "dan", ActionCorrected(STEP, 0, "utter_other"))
    again = case(desk)
    assert (again.verdict.status, again.verdict.answer, again.verdict.task) == (
        "adjudicated",
        Answer(confirmed=True),
        "reopened",
    )

    decide(desk, Answer(confirmed=True), command="c2")
    assert case(desk).verdict.task is None


def test_who_submits_again_what_was_known_reopens_nothing(desk: Desk) -> None:
    disagree(desk.log)
    decide(desk, Answer(confirmed=True))

    vote(desk.log, "ben", ReviewReopened())

    assert case(desk).verdict.task is None


def test_withdrawn_the_votes_decide_again(desk: Desk) -> None:
    disagree(desk.log)
    decide(desk, Answer(confirmed=True))

    withdraw(desk, "s", STEP, ZOE, mark=case(desk).mark, command="c2")

    assert case(desk).verdict.status == "disputed"
    with pytest.raises(InvalidDecision):
        withdraw(desk, "s", STEP, ZOE, mark=case(desk).mark, command="c3")


def test_who_looked_before_somebody_voted_looks_again(desk: Desk) -> None:
    disagree(desk.log)
    seen = case(desk)
    vote(desk.log, "cleo", StepConfirmed(STEP, 0))

    with pytest.raises(VotesChanged):
        decide(desk, Answer(confirmed=True), seen=seen)
    assert case(desk).adjudication is None


def test_of_two_adjudicators_at_once_one_decides(log: EventLog, desk: Desk) -> None:
    disagree(log)
    seen = case(desk)

    def attempt(number: int) -> bool:
        try:
            decide(Desk(log), Answer(action=f"utter_{number}"), seen=seen, command=f"c{number}")
        except VotesChanged:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    assert log.version(adjudication_stream("s")) == 1


def test_the_same_press_twice_is_one_decision_and_its_id_serves_no_other(desk: Desk) -> None:
    disagree(desk.log)
    seen = case(desk)

    decide(desk, Answer(confirmed=True), seen=seen)
    vote(desk.log, "cleo", StepConfirmed(STEP, 0))
    decide(desk, Answer(confirmed=True), seen=seen)

    assert desk.log.version(adjudication_stream("s")) == 1
    with pytest.raises(InvalidDecision):
        decide(desk, Answer(action="x"), seen=seen)
    with pytest.raises(InvalidDecision):
        desk.log.append("model/m", [StepConfirmed("x", 0)])
        [record] = desk.log.read("model/m")
        decide(desk, Answer(action="x"), command=record.id)


def test_only_an_adjudicator_sees_votes_or_decides(desk: Desk) -> None:
    disagree(desk.log)
    seen = case(desk)

    for role in ("viewer", "annotator"):
        person = Person("ana", role)
        with pytest.raises(NotAllowed):
            open_case(desk, "s", STEP, person)
        with pytest.raises(NotAllowed):
            adjudicate(desk, "s", STEP, Answer(confirmed=True), person, mark=seen.mark, command="c")
        with pytest.raises(NotAllowed):
            withdraw(desk, "s", STEP, person, mark=seen.mark, command="c")
        with pytest.raises(NotAllowed):
            adjudicate_all(desk, [seen], person, command="c")
    assert desk.log.version(adjudication_stream("s")) == 0


def test_what_is_not_there_is_said_to_be_so(desk: Desk) -> None:
    with pytest.raises(UnknownSession):
        open_case(desk, "t", STEP, ZOE)
    with pytest.raises(UnknownStep):
        open_case(desk, "s", "s-4", ZOE)
    with pytest.raises(UnknownStep):
        adjudicate(desk, "s", "s-4", Answer(confirmed=True), ZOE, mark="", command="c")


def test_where_all_but_one_agree_several_are_decided_at_once(desk: Desk) -> None:
    for name in ("t", "u"):
        session(desk.log, name, GREETING, REVIEWS)
    for name in ("s", "t", "u"):
        vote(desk.log, "ana", StepConfirmed(f"{name}-10", 0), name=name)
        vote(desk.log, "ben", ActionCorrected(f"{name}-10", 0, "utter_other"), name=name)
        if name != "u":
            vote(desk.log, "cleo", ActionCorrected(f"{name}-10", 0, "utter_other"), name=name)
    cases = [open_case(desk, name, f"{name}-10", ZOE) for name in ("s", "t", "u")]

    refused = adjudicate_all(desk, cases, ZOE, reason="slip", command="c")
    adjudicate_all(desk, cases[:2], ZOE, reason="slip", command="c")

    assert [each.session for each in refused] == ["u"]
    assert [open_case(desk, n, f"{n}-10", ZOE).verdict.status for n in ("s", "t", "u")] == [
        "adjudicated",
        "adjudicated",
        "disputed",
    ]
    assert open_case(desk, "t", "t-10", ZOE).verdict.answer == Answer(action="utter_other")
    assert desk.log.version(adjudication_stream("s")) == 1


def test_what_a_name_says_depends_on_what_was_done(desk: Desk) -> None:
    message, action = open_case(desk, "s", "s-8", ZOE).step, case(desk).step

    assert answer_of(action, "action_show_venue_reviews") == Answer(confirmed=True)
    assert answer_of(action, "utter_bye") == Answer(action="utter_bye")
    assert answer_of(message, "greet") == Answer(intent="greet")


def test_an_export_takes_what_was_adjudicated_and_never_what_is_disputed(desk: Desk) -> None:
    yes = [StepConfirmed(step, 0) for step in ("s-3", "s-6", "s-12")]
    vote(desk.log, "ana", *yes, StepConfirmed(STEP, 0))
    vote(desk.log, "ben", *yes, ActionCorrected(STEP, 0, "utter_other"))

    disputed = compile_export(reviewed_sessions(desk.log))
    decide(desk, Answer(confirmed=True))
    settled = compile_export(reviewed_sessions(desk.log))

    (episode,) = disputed.manifest["sessions"][0]["episodes"]
    assert episode["ends_early"] == "the annotators disagree on step 3"
    assert disputed.manifest["verdicts"] == {
        "rule": "majority",
        "agreed": 5,
        "majority": 0,
        "adjudicated": 0,
        "disputed": 1,
        "reopened": 0,
    }
    (episode,) = settled.manifest["sessions"][0]["episodes"]
    assert (episode["ends_early"], episode["steps_used"]) == (None, 6)
    assert settled.manifest["verdicts"]["adjudicated"] == 1
    assert settled.manifest["log_position"] == desk.log.position()
    again = compile_export(reviewed_sessions(desk.log, as_of=disputed.manifest["log_position"]))
    assert again == disputed


def test_a_rule_leaves_out_what_somebody_was_against_or_nobody_adjudicated(desk: Desk) -> None:
    yes = [StepConfirmed(step, 0) for step in ("s-3", "s-6", "s-12")]
    for name in ("ana", "cleo"):
        vote(desk.log, name, *yes, StepConfirmed(STEP, 0))
    vote(desk.log, "ben", *yes, IntentCorrected("s-8", 0, "greet"), ActionCorrected(STEP, 0, "utter_other"))

    ends = {}
    for rule in ("unanimous", "majority", "adjudicated"):
        export = compile_export(reviewed_sessions(desk.log, rule=rule), rule=rule)
        (episode,) = export.manifest["sessions"][0]["episodes"]
        ends[rule] = episode["ends_early"]
        assert export.manifest["verdicts"]["rule"] == rule

    assert ends == {
        "unanimous": "not all annotators agree on step 3",
        "majority": None,
        "adjudicated": "nobody adjudicated step 1",
    }


def test_a_session_that_nobody_reviewed_can_be_adjudicated_whole(desk: Desk) -> None:
    for step in ("s-1", "s-3", "s-6", "s-8", STEP, "s-12"):
        mark = open_case(desk, "s", step, ZOE).mark
        adjudicate(desk, "s", step, Answer(confirmed=True), ZOE, mark=mark, command=f"c-{step}")

    export = compile_export(reviewed_sessions(desk.log, rule="adjudicated"), rule="adjudicated")

    (listed,) = export.manifest["sessions"]
    assert (listed["annotators"], listed["episodes"][0]["steps_used"]) == ([], 6)


def test_who_has_a_vote_of_their_own_on_a_blind_session_gives_it_first(log: EventLog, desk: Desk) -> None:
    disagree(log)
    seen = case(desk)
    blind = Desk(log, is_blind=lambda session, person: person.name == "zoe")

    with pytest.raises(InvalidDecision):
        open_case(blind, "s", STEP, ZOE)
    with pytest.raises(InvalidDecision):
        adjudicate(blind, "s", STEP, Answer(confirmed=True), ZOE, mark=seen.mark, command="c")
    assert open_case(blind, "s", STEP, Person("lea", "adjudicator")).votes == seen.votes


def test_the_docket_comes_page_by_page_without_what_is_blind(any_sql_log: SqlLog) -> None:
    for number in range(30):
        name = f"s{number:02}"
        session(any_sql_log, name, GREETING)
        vote(any_sql_log, "ana", StepConfirmed(f"{name}-3", 0), name=name)
        vote(any_sql_log, "ben", ActionCorrected(f"{name}-3", 0, "utter_other"), name=name)
    world = World.of(any_sql_log)
    world.models.catch_up()
    judgements = world.sessions.judgements
    desk = Desk(any_sql_log, is_blind=lambda session, person: session in ("s01", "s29"))

    first = docket(judgements, desk, "disputed", ZOE)
    second = docket(judgements, desk, "disputed", ZOE, after=first.after)

    assert [each.session for each in (*first.due, *second.due)] == [
        f"s{n:02}" for n in range(30) if n not in (1, 29)
    ]
    assert second.after is None
    assert len(docket(judgements, desk, "disputed", ZOE, sessions=["s02", "s01"]).due) == 1
    with pytest.raises(NotAllowed):
        docket(judgements, desk, "disputed", Person("ana", "annotator"))
