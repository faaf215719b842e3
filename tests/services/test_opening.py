"""Batches sampled from what the lists say, opened as they were previewed, and measured by gold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recorder.errors import BatchRefused, NotAllowed, UnknownSession
from recorder.events.event import Event, NewEvent, review_stream
from recorder.events.review import ActionCorrected, ReviewSubmitted, StepConfirmed
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.session_list import Filters, SessionList
from recorder.review.batches import Item, next_for
from recorder.review.people import Person
from recorder.review.sampling import Votes
from recorder.services import batching, measuring, opening
from recorder.services.board import Board
from recorder.services.measuring import Score
from recorder.services.opening import Sample, mark_gold, open_batch, preview
from recorder.services.reviewing import Desk
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session

ANA, BO = (Person(name, "annotator") for name in ("ana", "bo"))
LEAD = Person("lea", "adjudicator")
PUZZLE = ("huh", "nlu_fallback", 0.2, [("utter_ask_rephrase", 0.9), ("action_listen", 1.0)])


def lists(log: SqlLog) -> SessionList:
    ReadModels(log.engine, log).catch_up()
    return SessionList(log.engine)


def review(log: SqlLog, name: str, who: str, *events: Event) -> None:
    new = [NewEvent(event) for event in (*events, ReviewSubmitted(9))]
    log.append(review_stream(name, who), new, actor=who)


def all_right(log: SqlLog, name: str, who: str) -> None:
    """Says yes to every question."""
    review(log, name, who, *(StepConfirmed(q.id, 0) for q in Desk(log).session(name).questions))


def test_signals_tell_paths_ends_and_what_was_hard(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    session(log, "reviewed", GREETING, REVIEWS)
    session(log, "the same", GREETING, REVIEWS)
    session(log, "a part of it", GREETING)
    session(log, "another", REVIEWS, GREETING)
    session(log, "puzzled", GREETING, PUZZLE, PUZZLE)
    before = lists(log).candidates(Filters(), "")
    all_right(log, "reviewed", "ana")

    found = {each.session: each for each in lists(log).candidates(Filters(), "")}

    assert not any(each.new_path or each.odd_end for each in before)
    assert [name for name, each in found.items() if each.new_path] == ["another", "puzzled"]
    assert [name for name, each in found.items() if each.odd_end] == ["a part of it", "another", "puzzled"]
    assert {name: each.not_understood for name, each in found.items() if each.not_understood} == {
        "puzzled": 2
    }
    assert found["reviewed"].reviewers == ("ana",)
    assert found["reviewed"].confidence == 0.31
    assert log.streams_at([each.began for each in found.values()]).keys() == {
        each.began for each in found.values()
    }


def test_what_was_corrected_is_no_known_path(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    for name in ("a", "b"):
        session(log, name, GREETING, REVIEWS)
    *right, wrong, _ = (q.id for q in Desk(log).session("a").questions)
    review(log, "a", "ana", *(StepConfirmed(step, 0) for step in right), ActionCorrected(wrong, 0, "x"))

    found = {each.session: each for each in lists(log).candidates(Filters(), "")}

    assert found["b"].new_path
    session(log, "c", GREETING)
    assert not {e.session: e for e in lists(log).candidates(Filters(), "")}["c"].new_path


def test_what_is_previewed_is_what_is_opened(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    for number in range(12):
        session(log, f"s{number}", ("hi", "greet", 0.5 + number / 100, [("utter_greet", 0.99)]))
    board = Board(log)
    sample = Sample({"uncertain": 0.75, "random": 0.25}, 8, annotators=("ana", "bo"), blind=0.25, seed=3)

    shown = preview(board, LEAD, lists(log), sample)
    session(log, "newer", ("hi", "greet", 0.01, [("utter_greet", 0.99)]))
    open_batch(board, LEAD, "b", shown.items, annotators=sample.annotators, sampled=sample.to_json())

    with board.look("b") as shelf:
        assert shelf.batch.items == shown.items
        assert tuple(shelf.sessions) == shown.sessions
        assert shelf.batch.sampled == {
            "shares": {"uncertain": 0.75, "random": 0.25}, "size": 8, "votes": 1, "blind": 0.25
        }  # fmt: skip
    assert set(shown.sessions) >= {"s0", "s1", "s2", "s3", "s4", "s5"}
    assert (len(shown.items), shown.found, shown.missing) == (8, 12, ())
    assert sum(item.blind for item in shown.items) == 2
    assert {item.reasons for item in shown.items if item.began == 1} == {("least sure step 0.50",)}


def test_sessions_in_open_batches_are_not_queued_again(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    for number in range(5):
        session(log, f"s{number}", GREETING)
    board = Board(log)
    first = preview(board, LEAD, lists(log), Sample({"random": 1}, 3))
    open_batch(board, LEAD, "one", first.items)

    second = preview(board, LEAD, lists(log), Sample({"random": 1}, 3))

    assert not set(first.sessions) & set(second.sessions)
    assert second.missing == ("2 of 3 sessions: no others fit",)
    opening.close_batch(board, LEAD, "one")
    assert len(preview(board, LEAD, lists(log), Sample({"random": 1}, 9)).items) == 5


def test_a_sample_is_taken_of_what_the_filters_let_through(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    session(log, "a", GREETING)
    session(log, "b", REVIEWS)

    found = preview(
        Board(log), LEAD, lists(log), Sample({"random": 1}, 9, filters=Filters(intents=("greet",)))
    )

    assert found.sessions == ("a",)


def test_gold_measures_those_who_did_not_make_it(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    board, desk = Board(log), Desk(log)
    session(log, "gold", GREETING, REVIEWS)
    for number in range(5):
        session(log, f"s{number}", GREETING)
    with pytest.raises(BatchRefused, match="Nobody has submitted"):
        mark_gold(board, LEAD, "gold")
    all_right(log, "gold", "lea")
    mark_gold(board, LEAD, "gold")
    mark_gold(board, LEAD, "gold")
    sample = Sample({"random": 1}, 5, Votes(2), ("ana", "bo"), gold=0.2)
    shown = preview(board, LEAD, lists(log), sample)
    open_batch(board, LEAD, "b", shown.items, annotators=sample.annotators)

    assert len(shown.items) == 5
    assert [item.guided for item in shown.items if item.gold] == [("ana", "bo")]
    for person, wrong in ((ANA, False), (BO, True)):
        task = batching.claim_next(board, person)
        assert task is not None
        assert (task.session, task.guided, task.votes) == ("gold", True, 2)
        questions = [q.id for q in desk.session("gold").questions]
        said: list[Event] = [StepConfirmed(step, 0) for step in questions]
        if wrong:
            said[2] = ActionCorrected(questions[2], 0, "action_else")
        log.append(review_stream("gold", person.name), said, actor=person.name)
        batching.submit(board, desk, "gold", person, f"c {person.name}")

    assert measuring.my_score(board, ANA, "b") == Score(1, 6, 6)
    assert measuring.scores(board, LEAD, "b") == {"ana": Score(1, 6, 6), "bo": Score(1, 6, 5)}
    with pytest.raises(NotAllowed):
        measuring.scores(board, ANA, "b")
    mark_gold(board, LEAD, "gold", is_gold=False)
    assert opening.gold_marked(board) == set()


def test_gold_that_an_annotator_has_made_is_not_for_that_batch(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    board = Board(log)
    for name in ("gold", "s1", "s2"):
        session(log, name, GREETING)
    all_right(log, "gold", "ana")
    mark_gold(board, LEAD, "gold")

    found = preview(board, LEAD, lists(log), Sample({"random": 1}, 2, annotators=("ana", "bo"), gold=0.5))

    assert set(found.sessions) == {"s1", "s2"}
    assert found.missing == ("0 of 1 gold sessions: no others that none of the annotators has reviewed",)


def test_whoever_is_new_is_guided_though_no_share_of_gold_is_wanted(any_sql_log: SqlLog) -> None:
    log = any_sql_log
    board = Board(log)
    for name in ("gold", "s1", "s2"):
        session(log, name, GREETING)
    all_right(log, "gold", "lea")
    all_right(log, "s1", "ana")
    mark_gold(board, LEAD, "gold")

    found = preview(board, LEAD, lists(log), Sample({"random": 1}, 1, annotators=("ana", "bo")))
    open_batch(board, LEAD, "b", found.items, annotators=("ana", "bo"))

    assert [(item.gold, item.guided) for item in found.items if item.gold] == [(True, ("bo",))]
    with board.look("b") as shelf:
        number = next_for(shelf.batch, "bo", datetime.now(UTC))
        assert number is not None and shelf.sessions[number] == "gold"


@pytest.mark.parametrize(
    "sample",
    [
        Sample({}, 3),
        Sample({"random": 1}, 0),
        Sample({"random": 1}, 3, blind=1.5),
        Sample({"random": 1}, 3, gold=0.5),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused(sql_log: SqlLog, sample: Sample) -> None:
    with pytest.raises(BatchRefused):
        preview(Board(sql_log), LEAD, lists(sql_log), sample)


def test_who_may_not_open_batches_may_not_look_for_one_either(sql_log: SqlLog) -> None:
    with pytest.raises(NotAllowed):
        preview(Board(sql_log), ANA, lists(sql_log), Sample({"random": 1}, 3))
    with pytest.raises(NotAllowed):
        mark_gold(Board(sql_log), ANA, "s")
    with pytest.raises(UnknownSession):
        mark_gold(Board(sql_log), LEAD, "s")


def test_a_forgotten_session_leaves_its_batch(any_sql_log: SqlLog) -> None:
    from recorder.upkeep.forgetting import forget

    log = any_sql_log
    board = Board(log)
    items = [Item(session(log, name, GREETING)[0].position, 1) for name in ("a", "b")]
    open_batch(board, LEAD, "x", items)
    batching.claim(board, ANA, "x", "a")

    forget(log, ["a"])

    task = batching.claim_next(board, ANA)
    assert task is not None and task.session == "b"
    assert batching.work_list(board, ANA, "x").progress.sessions == 1
    with pytest.raises(UnknownSession):
        batching.claim(board, ANA, "x", "a")
