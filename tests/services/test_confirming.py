"""What several agreed on is confirmed at once, and taken back as one."""

from __future__ import annotations

import pytest

from recorder.errors import NotAllowed
from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.event import Event, adjudication_stream, review_stream
from recorder.events.review import ActionCorrected, ReviewReopened, ReviewSubmitted, StepConfirmed, StepUnsure
from recorder.review.people import Person
from recorder.review.reviews import Answer
from recorder.review.verdicts import Verdict
from recorder.services import confirming
from recorder.services.adjudicating import adjudicate, open_case
from recorder.services.confirming import Confirmed, agreed, confirm, take_back
from recorder.services.reviewing import Desk
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import GREETING, REVIEWS, session
from tests.queries import asked, plan, reads_whole
from tests.read_models.given import World

LEA, ANA = Person("lea", "adjudicator"), Person("ana", "annotator")


def vote(log: SqlLog, name: str, annotator: str, *decisions: Event) -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    """In `a` two agree, in `b`, `c` and `d` three, in `e` two of three, in `f` four that nobody can tell."""
    for name in "abcdef":
        session(any_sql_log, name, GREETING, REVIEWS)
    for name, who in (("a", 2), ("b", 3), ("c", 3), ("d", 3), ("e", 2)):
        for number in range(who):
            vote(any_sql_log, name, f"p{number}", ActionCorrected(f"{name}-12", 0, "utter_other"))
    vote(any_sql_log, "e", "p2", StepConfirmed("e-12", 0))
    for number in range(4):
        vote(any_sql_log, "f", f"p{number}", StepUnsure("f-12", 0))
    world = World.of(any_sql_log)
    world.models.catch_up()
    return world


def run(world: World, least: int = 3, command: str = "c1") -> Confirmed:
    world.models.catch_up()
    return confirm(world.sessions.judgements, Desk(world.log), LEA, least, command=command)


def listed(world: World, least: int) -> list[str]:
    world.models.catch_up()
    return [each.session for each in agreed(world.sessions.judgements, Desk(world.log), LEA, least).due]


def verdict(world: World, name: str) -> Verdict:
    return open_case(Desk(world.log), name, f"{name}-12", LEA).verdict


def test_what_so_many_agree_on_is_listed_and_counted_most_people_first(world: World) -> None:
    assert listed(world, 3) == ["f", "b", "c", "d"]
    assert listed(world, 2) == ["f", "b", "c", "d", "a"]
    assert listed(world, 5) == []
    assert world.sessions.judgements.agreed_counts()[3] == 3
    assert world.sessions.judgements.agreed_counts(["b", "f"]) == {3: 1, 4: 1}
    (due,) = agreed(world.sessions.judgements, Desk(world.log), LEA, 2, sessions=["a"]).due
    assert (due.step, due.label, due.votes) == ("a-12", "utter_other", 2)


def test_pages_follow_each_other_across_numbers_of_people(world: World) -> None:
    judgements, desk = world.sessions.judgements, Desk(world.log)
    found, after = [], None
    for _ in range(10):
        page = agreed(judgements, desk, LEA, 2, after=after, size=2)
        found += [each.session for each in page.due]
        if (after := page.after) is None:
            break

    assert found == ["f", "b", "c", "d", "a"]


def test_all_are_adjudicated_as_their_voters_say_and_no_other(world: World) -> None:
    done = run(world)

    assert sorted(done.steps) == [("b", "b-12"), ("c", "c-12"), ("d", "d-12"), ("f", "f-12")]
    assert (done.refused, done.is_all) == ((), True)
    assert verdict(world, "b") == Verdict("adjudicated", Answer(action="utter_other"))
    assert verdict(world, "a").status == "agreed"
    ((record,),) = [world.log.read(adjudication_stream("c"))]
    assert isinstance(record.event, StepAdjudicated) and record.actor == "lea"
    assert set(record.event.seen) == {"p0", "p1", "p2"}
    assert listed(world, 3) == []


def test_the_same_command_again_changes_nothing(world: World) -> None:
    before_catching_up = world.sessions.judgements
    first = confirm(before_catching_up, Desk(world.log), LEA, 3, command="c1")
    position = world.log.position()

    again = confirm(before_catching_up, Desk(world.log), LEA, 3, command="c1")

    assert again == first and world.log.position() == position


def test_it_is_taken_back_as_one_where_nobody_decided_anew(world: World) -> None:
    done = run(world)
    case = open_case(Desk(world.log), "c", "c-12", LEA)
    adjudicate(Desk(world.log), "c", "c-12", Answer(action="x"), LEA, mark=case.mark, command="mine")

    refused = take_back(Desk(world.log), LEA, done.steps, "c1")
    position = world.log.position()
    again = take_back(Desk(world.log), LEA, done.steps, "c1")

    assert [(each.session, each.reason) for each in refused] == [("c", "Somebody has decided it anew since.")]
    assert again == refused and world.log.position() == position
    assert [row.event for row in world.log.read(adjudication_stream("b"))][1:] == [
        AdjudicationWithdrawn("b-12")
    ]
    assert verdict(world, "b").status == "agreed"
    assert verdict(world, "c").answer == Answer(action="x")
    assert sorted(run(world, command="c2").steps) == [("b", "b-12"), ("d", "d-12"), ("f", "f-12")]


def test_what_is_not_so_any_more_is_refused_and_keeps_no_other_out(world: World) -> None:
    vote(world.log, "b", "p0", ReviewReopened(), ActionCorrected("b-12", 1, "utter_third"))
    world.log.append(review_stream("c", "p1"), [ReviewReopened()])
    case = open_case(Desk(world.log), "d", "d-12", LEA)
    adjudicate(Desk(world.log), "d", "d-12", Answer(action="x"), LEA, mark=case.mark, command="mine")

    done = confirm(world.sessions.judgements, Desk(world.log), LEA, 3, command="c1")

    assert done.steps == (("f", "f-12"),)
    assert [each.session for each in done.refused] == ["b", "c"]
    assert verdict(world, "d").answer == Answer(action="x"), "what was adjudicated meanwhile stays"


def test_who_has_a_blind_vote_left_neither_sees_nor_confirms_it(world: World) -> None:
    def hidden(session: str, person: Person) -> bool:
        return session == "b"

    desk = Desk(world.log, is_blind=hidden)

    assert [each.session for each in agreed(world.sessions.judgements, desk, LEA, 3).due] == ["f", "c", "d"]
    done = confirm(world.sessions.judgements, desk, LEA, 3, command="c1")
    assert len(done.steps) == 3 and not world.log.version(adjudication_stream("b"))


def test_one_command_goes_so_far_and_the_next_does_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "MOST", 3)
    monkeypatch.setattr(confirming, "_AT_ONCE", 2)

    first, second = run(world), run(world, command="c2")

    assert (len(first.steps), first.is_all) == (3, False)
    assert (len(second.steps), second.is_all) == (1, True)


def test_forgotten_meanwhile_is_told(world: World) -> None:
    judgements = world.sessions.judgements
    found = agreed(judgements, Desk(world.log), LEA, 3)
    forget(world.log, ["b"])

    done = confirm(judgements, Desk(world.log), LEA, 3, command="c1")

    assert len(found.due) == 4 and len(done.steps) == 3
    (refused,) = take_back(Desk(world.log), LEA, [("b", "b-12")], "c1")
    assert refused.session == "b"


def test_no_index_is_left_aside(world: World) -> None:
    with asked(world.log.engine) as statements:
        page = world.sessions.judgements.agreed(2, size=2)
        world.sessions.judgements.agreed(2, after=page[-1])
        world.sessions.judgements.agreed_counts()

    plans = [plan(world.log.engine, *each) for each in statements if "step_list" in each[0]]
    if world.log.engine.dialect.name == "sqlite":
        assert plans and not any(map(reads_whole, plans)), plans
        assert all("step_list_task" in each and "TEMP B-TREE" not in each for each in plans)
    assert not any("count(" in sql for sql, _ in statements)


def test_only_who_may(world: World) -> None:
    with pytest.raises(NotAllowed):
        confirm(world.sessions.judgements, Desk(world.log), ANA, 3, command="c1")

    assert not list(world.log.streams("adjudication/"))
