"""Work on batches over every log: claims, submissions, several people and programs at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recorder.errors import BatchRefused, NoPlaceLeft, NotAllowed, UnknownBatch, UnknownSession
from recorder.events.batches import ClaimRenewed, SessionDone
from recorder.events.event import JsonObject, batch_stream, review_stream, session_stream
from recorder.review.batches import CLAIM, Item
from recorder.review.people import Person
from recorder.services import batching
from recorder.services.board import Board
from recorder.services.opening import close_batch, open_batch, write_guidelines
from recorder.services.reviewing import Desk
from recorder.store.log import EventLog
from tests.given import GREETING, session

ANA, BO, CLEO = (Person(name, "annotator") for name in ("ana", "bo", "cleo"))
LEAD = Person("lea", "adjudicator")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(log: EventLog, clock: Clock) -> Board:
    log._clock = clock  # type: ignore[attr-defined]
    return Board(log, clock)


def sessions(log: EventLog, count: int) -> list[Item]:
    return [Item(session(log, f"s{number}", GREETING)[0].position, 1) for number in range(count)]


def queued(board: Board, count: int, votes: int = 1, name: str = "b", **others: object) -> None:
    items = [Item(item.began, votes) for item in sessions(board.log, count)]
    open_batch(board, LEAD, name, items, **others)  # type: ignore[arg-type]


def yes(board: Board, name: str, person: Person) -> JsonObject:
    """A decision on the first step."""
    step = Desk(board.log).session(name).questions[0].id
    made_on = len(board.log.read(review_stream(name, person.name)))
    return {
        "id": f"{name}-{person.name}-{made_on}",
        "type": "step_confirmed",
        "step": step,
        "made_on": made_on,
    }


def test_sessions_are_given_out_worked_on_and_submitted(board: Board, clock: Clock) -> None:
    queued(board, 2, votes=2, due="2026-06-01", guidelines="# Say what is right")
    desk = Desk(board.log)

    for person in (ANA, BO):
        while task := batching.claim_next(board, person):
            batching.decide(board, desk, task.session, person, [yes(board, task.session, person)])
            clock.pass_by(timedelta(seconds=30))
            assert not batching.submit(
                board, desk, task.session, person, f"{task.session} {person.name}"
            ).refused

    (work,) = batching.mine(board, ANA)
    assert (work.due, work.guidelines, work.progress.complete, work.progress.done) == ("2026-06-01", 1, 2, 2)
    assert (work.progress.seconds, work.progress.seconds_left) == (30.0, 0.0)
    assert {task.session for task in work.tasks["done"]} == {"s0", "s1"}
    done = [row.event for row in board.log.read(batch_stream("b")) if isinstance(row.event, SessionDone)]
    assert [(event.late, event.active, event.guidelines) for event in done] == [(False, 30.0, 1)] * 4


@pytest.mark.parametrize("person", [ANA, BO], ids=["ana", "bo"])
def test_what_is_given_next_stands_first_in_the_list(board: Board, person: Person) -> None:
    queued(board, 7)

    (work,) = batching.mine(board, person)
    task = batching.claim_next(board, person)

    assert task is not None and work.tasks["needs me"][0].session == task.session


def test_a_submission_and_what_the_batch_knows_of_it_are_one(board: Board) -> None:
    queued(board, 1)
    desk = Desk(board.log)
    batching.claim_next(board, ANA)
    before = board.log.position()

    batching.submit(board, desk, "s0", ANA, "c1")
    batching.submit(board, desk, "s0", ANA, "c1")

    assert [row.type for row in board.log.read_all(before)] == ["review_submitted", "session_done"]


def test_in_no_batch_nothing_more_is_written(board: Board) -> None:
    queued(board, 1)
    session(board.log, "free", GREETING)

    batching.submit(board, Desk(board.log), "free", ANA, "c1")

    assert board.log.version(batch_stream("b")) == 1


def test_a_decision_is_a_sign_of_life(board: Board, clock: Clock) -> None:
    queued(board, 1)
    desk = Desk(board.log)
    batching.claim_next(board, ANA)
    clock.pass_by(CLAIM - timedelta(minutes=1))
    batching.decide(board, desk, "s0", ANA, [yes(board, "s0", ANA)])
    clock.pass_by(CLAIM - timedelta(minutes=1))

    assert isinstance(board.log.read(batch_stream("b"))[-1].event, ClaimRenewed)
    assert batching.claim_next(board, BO) is None
    assert batching.renew(board, ANA, "s0") == clock.now + CLAIM


def test_a_laptop_that_slept_loses_nothing(board: Board, clock: Clock) -> None:
    queued(board, 1)
    desk = Desk(board.log)
    batching.claim_next(board, ANA)
    clock.pass_by(2 * CLAIM)
    taken = batching.claim_next(board, BO)
    assert taken is not None and taken.holders == ()

    assert batching.renew(board, ANA, "s0") is None
    assert batching.decide(board, desk, "s0", ANA, [yes(board, "s0", ANA)]).refused == []
    batching.submit(board, desk, "s0", ANA, "c1")
    batching.submit(board, desk, "s0", BO, "c2")

    assert batching.task(board, ANA, "b", "s0").late
    assert not batching.task(board, BO, "b", "s0").late


def test_a_decision_takes_an_expired_claim_again_where_it_may(board: Board, clock: Clock) -> None:
    queued(board, 1)
    batching.claim_next(board, ANA)
    clock.pass_by(2 * CLAIM)

    batching.decide(board, Desk(board.log), "s0", ANA, [yes(board, "s0", ANA)])

    assert batching.task(board, ANA, "b", "s0").state == "mine"
    assert batching.claim_next(board, BO) is None


def test_two_programs_never_give_the_same_place_to_two_people(log: EventLog, clock: Clock) -> None:
    one, other = Board(log, clock), Board(log, clock)
    queued(one, 1)
    batching.claim_next(other, ANA)

    assert batching.claim_next(one, BO) is None
    with pytest.raises(NoPlaceLeft):
        batching.claim(one, BO, "b", "s0")
    again = batching.claim_next(one, ANA)
    assert again is not None and again.state == "mine"
    assert log.version(batch_stream("b")) == 2


def test_what_was_submitted_before_counts_without_being_done_again(board: Board) -> None:
    queued(board, 1, votes=2)
    batching.submit(board, Desk(board.log), "s0", ANA, "c1")
    open_batch(board, LEAD, "c", [Item(1, 2)])

    assert batching.claim_next(board, ANA) is None
    assert batching.task(board, ANA, "c", "s0").state == "done"


def test_reopening_takes_the_vote_back_and_submitting_gives_it_again(board: Board) -> None:
    queued(board, 1)
    desk = Desk(board.log)
    batching.claim_next(board, ANA)
    batching.submit(board, desk, "s0", ANA, "c1")

    batching.reopen(board, desk, "s0", ANA, "c2")
    assert batching.task(board, ANA, "b", "s0").state == "mine"
    batching.submit(board, desk, "s0", ANA, "c3")

    assert batching.task(board, ANA, "b", "s0").given == 1


def test_later_and_skip(board: Board) -> None:
    queued(board, 2)
    first = batching.claim_next(board, ANA)
    assert first is not None
    batching.later(board, ANA, "b", first.session)
    second = batching.claim_next(board, ANA)
    assert second is not None and second.session != first.session
    batching.skip(board, ANA, "b", second.session, "expertise")

    third = batching.claim_next(board, ANA)

    assert third is not None and third.session == first.session
    assert [t.session for t in batching.work_list(board, ANA, "b").tasks["skipped"]] == [second.session]
    given = batching.claim_next(board, BO)
    assert given is not None and given.session == second.session


def test_what_is_given_back_goes_to_others(board: Board) -> None:
    queued(board, 1)
    batching.claim_next(board, ANA)

    batching.release(board, ANA, "b", "s0")

    assert batching.claim_next(board, BO) is not None


def test_work_goes_on_in_the_batch_where_it_was_begun(board: Board) -> None:
    queued(board, 1, name="late", due="2026-07-01")
    open_batch(board, LEAD, "soon", [Item(1, 1)], due="2026-06-01")
    begun = batching.claim_next(board, ANA, "late")

    assert batching.claim_next(board, ANA) == begun
    assert [work.batch for work in batching.mine(board, ANA)] == ["soon", "late"]


def test_a_closed_batch_is_nobodys_work_and_notes_what_comes_late(board: Board, clock: Clock) -> None:
    queued(board, 1, votes=2)
    desk = Desk(board.log)
    batching.claim_next(board, ANA)
    close_batch(board, LEAD, "b")
    close_batch(board, LEAD, "b")

    assert batching.claim_next(board, ANA) is None
    assert batching.mine(board, ANA) == []
    batching.submit(board, desk, "s0", ANA, "c1")
    with board.look("b") as shelf:
        assert shelf.batch.places[0].done["ana"].late
    (listed,) = board.listed()
    assert (listed.complete, listed.votes, listed.closed is not None) == (0, 0, True)


def test_opening_the_same_again_changes_nothing_and_another_of_that_name_is_refused(board: Board) -> None:
    items = sessions(board.log, 2)
    for _ in range(2):
        open_batch(board, LEAD, "b", items, seed=3, guidelines="x", sampled={"random": 1.0})

    assert board.log.version(batch_stream("b")) == 2
    assert len(board.listed()) == 1
    with pytest.raises(BatchRefused, match="There is a batch 'b' already"):
        open_batch(board, LEAD, "b", items, seed=4)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"items": []}, "No session fits"),
        ({"due": "tomorrow"}, "'tomorrow' is no day"),
        ({"annotators": ["ana", "ana"], "items": [Item(1, 2)]}, "cannot get 2 votes from 1 annotators"),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(board: Board, wrong: JsonObject, said: str) -> None:
    session(board.log, "s0", GREETING)
    chosen: JsonObject = {"name": "b", "items": [Item(1, 1)]} | wrong

    with pytest.raises(BatchRefused, match=said):
        open_batch(board, LEAD, chosen.pop("name"), chosen.pop("items"), **chosen)

    assert board.listed() == []


def test_guidelines_have_versions(board: Board) -> None:
    queued(board, 1, guidelines="one")

    assert [write_guidelines(board, LEAD, "b", text) for text in ("two", "two")] == [2, 2]
    assert batching.guidelines(board, "b") == ["one", "two"]


def test_who_may_not_claim_or_open_is_refused(board: Board) -> None:
    items = sessions(board.log, 1)
    viewer = Person("vi", "viewer")

    with pytest.raises(NotAllowed):
        open_batch(board, ANA, "b", items)
    open_batch(board, LEAD, "b", items)
    for command in (batching.claim_next, batching.mine):
        with pytest.raises(NotAllowed):
            command(board, viewer)
    with pytest.raises(NotAllowed):
        close_batch(board, ANA, "b")
    with pytest.raises(UnknownBatch):
        batching.claim_next(board, ANA, "no such")
    with pytest.raises(UnknownSession):
        batching.claim(board, ANA, "b", "no such")


def test_gold_is_not_told(board: Board) -> None:
    items = sessions(board.log, 3)
    gold = Item(items[0].began, 3, gold=True)
    open_batch(
        board, LEAD, "b", [gold, *(Item(i.began, 2) for i in items[1:])], annotators=["ana", "bo", "cleo"]
    )
    for person in (BO, CLEO):
        batching.submit(board, Desk(board.log), "s0", person, f"c {person.name}")

    told = batching.task(board, ANA, "b", "s0")

    assert (told.votes, told.given, told.state) == (2, 1, "needs me")


def test_the_log_holds_no_name_of_a_session_that_could_not_be_forgotten(board: Board) -> None:
    queued(board, 1)
    batching.claim_next(board, ANA)
    batching.submit(board, Desk(board.log), "s0", ANA, "c1")

    plain = [row for row in board.log.read_all() if row.stream in (batch_stream("b"), "batches")]

    assert len(plain) == 4
    assert not [row for row in plain if "s0" in repr(row.event)]
    assert board.log.streams_at([1, 99, -1]) == {1: session_stream("s0")}
