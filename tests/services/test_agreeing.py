"""Agreement of what people say, from the tables, for who may see it."""

from __future__ import annotations

import pytest

from recorder.errors import NotAllowed, UnknownBatch
from recorder.events.event import Event, review_stream
from recorder.events.review import (
    ActionCorrected,
    EntitiesCorrected,
    IntentCorrected,
    ReviewSubmitted,
    StepConfirmed,
)
from recorder.read_models.judgements import Judgements
from recorder.review.batches import Item
from recorder.review.people import Person
from recorder.services import agreeing
from recorder.services.agreeing import Bias, Ground, between, bias, drift, figures, ground, signals
from recorder.services.board import Board
from recorder.services.opening import close_batch, open_batch
from recorder.store.sql import SqlLog
from tests.given import GREETING, REVIEWS, session
from tests.read_models.given import World

ZOE, ANA, EVA = Person("zoe", "adjudicator"), Person("ana", "annotator"), Person("eva", "annotator")
CITY = {"entity": "city", "value": "which", "start": 0, "end": 5}
WIDE = {"entity": "city", "value": "which one", "start": 0, "end": 9}


def vote(log: SqlLog, name: str, annotator: str, *decisions: Event) -> None:
    log.append(review_stream(name, annotator), [*decisions, ReviewSubmitted(14)], actor=annotator)


@pytest.fixture
def log(sql_log: SqlLog) -> SqlLog:
    """Six sessions that ana and ben know, three of them cleo too; on two actions they are not of one mind."""
    for number in range(6):
        name = f"s{number}"
        session(sql_log, name, GREETING, REVIEWS)
        vote(sql_log, name, "ana", StepConfirmed(f"{name}-10", 0, shown="model"))
        other = ActionCorrected(f"{name}-10", 0, "utter_other", shown="blind")
        vote(sql_log, name, "ben", other if number < 2 else StepConfirmed(f"{name}-10", 0, shown="blind"))
        if number % 2:
            vote(sql_log, name, "cleo", StepConfirmed(f"{name}-10", 0))
    return sql_log


@pytest.fixture
def board(log: SqlLog) -> Board:
    return Board(log)


def judgements(log: SqlLog) -> Judgements:
    world = World.of(log)
    world.models.catch_up()
    return world.sessions.judgements


def of_actions(log: SqlLog, board: Board, person: Person, batch: str = "") -> list[Bias]:
    return [each for each in bias(judgements(log), board, person, batch=batch) if each.kind == "action"]


@pytest.fixture
def found(log: SqlLog, board: Board) -> Ground:
    return ground(judgements(log), board, ZOE)


def batch(log: SqlLog, board: Board, *names: str, blind: bool = False) -> None:
    began = {r.stream: r.position for r in log.read_all() if r.version == 0}
    items = [Item(began[f"session/{name}"], votes=3, blind=blind) for name in names]
    open_batch(board, ZOE, "b", items, seed=1)


def test_steps_that_two_or_more_judged_are_counted_intents_and_actions_apart(found: Ground) -> None:
    actions, intents = figures(found, "action", ZOE), figures(found, "understanding", ZOE)

    assert (actions.all.items, actions.all.votes, found.people) == (6, 15, ("ana", "ben", "cleo"))
    assert actions.all["percent"].value == pytest.approx((4 * 1 + 0 + 1 / 3) / 6)
    assert intents.all["percent"].value == 1
    assert intents.all["krippendorff"].value is None
    assert "same label" in intents.all["krippendorff"].undefined
    assert actions.given == {"action_show_venue_reviews": 13, "utter_other": 2}
    assert actions.confusion["action_show_venue_reviews", "utter_other"] == 3


def test_pairs_labels_and_cells_lead_to_their_steps(found: Ground) -> None:
    actions = figures(found, "action", ZOE)

    assert {pair: each.items for pair, each in actions.pairs.items()} == {
        ("ana", "ben"): 6,
        ("ana", "cleo"): 3,
        ("ben", "cleo"): 3,
    }
    assert set(actions.labels) == {"action_show_venue_reviews", "utter_other"}
    cell = between(found, "action", "action_show_venue_reviews", "utter_other")
    assert [step.step for step in cell] == ["s0-10", "s1-10"]
    assert [s.step for s in agreeing.apart(found, "action", "ana", "ben")] == ["s0-10", "s1-10"]
    assert between(found, "action", "utter_other", "utter_other") == []


def test_with_three_votes_the_reliability_of_each_is_estimated(found: Ground) -> None:
    consensus = figures(found, "action", ZOE).consensus

    assert consensus is not None
    assert set(consensus.reliability) == {"ana", "ben", "cleo"}
    assert consensus.reliability["ben"] < consensus.reliability["ana"]


def test_what_a_rare_label_is_taken_for_is_not_estimated(
    log: SqlLog, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote(log, "s0", "cleo", ActionCorrected("s0-10", 0, "utter_rare"))
    monkeypatch.setattr(agreeing, "LABELS", 2)

    consensus = figures(ground(judgements(log), board, ZOE), "action", ZOE).consensus

    assert consensus is not None
    assert "utter_rare" not in consensus.labels
    assert len(consensus.labels) == 2


def test_entities_agree_exactly_or_in_part(log: SqlLog, board: Board) -> None:
    session(log, "t", GREETING, REVIEWS)
    vote(log, "t", "ana", EntitiesCorrected("t-8", 0, (CITY,)))
    vote(log, "t", "ben", EntitiesCorrected("t-8", 0, (WIDE,)), IntentCorrected("t-8", 1, "greet"))

    entities = figures(ground(judgements(log), board, ZOE), "understanding", ZOE).entities

    assert entities is not None
    assert (entities.f1_exact, entities.f1_overlapping) == (0, 1)


def test_an_annotator_sees_only_what_was_submitted_by_themselves(log: SqlLog, board: Board) -> None:
    cleo = ground(judgements(log), board, Person("cleo", "annotator"))

    assert {step.session for step in cleo.steps} == {"s1", "s3", "s5"}
    assert cleo.people == ("cleo",)
    pairs = figures(cleo, "action", Person("cleo", "annotator")).pairs
    assert set(pairs) == {("ana", "cleo"), ("ben", "cleo")}
    assert ground(judgements(log), board, EVA).steps == ()
    with pytest.raises(NotAllowed):
        ground(judgements(log), board, Person("vic", "viewer"))
    with pytest.raises(NotAllowed):
        signals(judgements(log), board, ANA)


def test_a_batch_is_looked_at_by_itself_and_open_to_its_people_when_it_is_closed(
    log: SqlLog, board: Board
) -> None:
    batch(log, board, "s0", "s1")

    assert {s.session for s in ground(judgements(log), board, ZOE, batch="b").steps} == {"s0", "s1"}
    assert ground(judgements(log), board, EVA, batch="b").steps == ()
    close_batch(board, ZOE, "b")
    assert {s.session for s in ground(judgements(log), board, EVA, batch="b").steps} == {"s0", "s1"}
    with pytest.raises(UnknownBatch):
        ground(judgements(log), board, ZOE, batch="c")


def test_who_has_a_blind_vote_to_give_sees_nothing_of_the_session_yet(log: SqlLog, board: Board) -> None:
    batch(log, board, "s0", "s2", blind=True)

    assert {s.session for s in ground(judgements(log), board, ZOE).steps} == {"s1", "s3", "s4", "s5"}
    assert {s.session for s in ground(judgements(log), board, ANA).steps} == {f"s{n}" for n in range(6)}


def test_an_annotator_is_not_told_what_others_said_of_gold_until_the_batch_is_closed(
    log: SqlLog, board: Board
) -> None:
    began = {r.stream: r.position for r in log.read_all() if r.version == 0}
    items = [Item(began["session/s1"], votes=3, gold=True), Item(began["session/s3"], votes=3)]
    open_batch(board, ZOE, "b", items, annotators=["ana", "ben", "cleo"])
    cleo = Person("cleo", "annotator")

    assert {s.session for s in ground(judgements(log), board, cleo).steps} == {"s3", "s5"}
    assert {s.session for s in ground(judgements(log), board, ZOE).steps} == {f"s{n}" for n in range(6)}
    close_batch(board, ZOE, "b")
    assert {s.session for s in ground(judgements(log), board, cleo).steps} == {"s1", "s3", "s5"}


def test_it_is_said_by_week_how_often_somebody_said_what_was_settled(log: SqlLog, board: Board) -> None:
    weeks = drift(judgements(log), board, ZOE)

    assert {w.annotator: (w.rate.hits, w.rate.of) for w in weeks} == {
        "ana": (11, 11),
        "ben": (10, 11),
        "cleo": (6, 6),
    }  # with the messages that they answered for; the action of s0 is disputed: nothing is settled there
    assert [w.annotator for w in drift(judgements(log), board, Person("ben", "annotator"))] == ["ben"]


def test_yes_to_the_model_is_compared_where_it_was_shown_and_where_it_was_not(
    log: SqlLog, board: Board
) -> None:
    found = {each.annotator: each for each in of_actions(log, board, ZOE)}

    every = found[""]
    assert (every.shown.hits, every.shown.of, every.blind.hits, every.blind.of) == (6, 6, 4, 6)
    assert every.difference is not None
    assert every.difference.value == pytest.approx(1 / 3)
    assert found["ana"].difference is None
    assert [each.annotator for each in of_actions(log, board, ANA)] == ["ana"]


def test_who_answers_for_the_action_has_said_yes_to_the_intent(log: SqlLog, board: Board) -> None:
    every = next(
        e for e in bias(judgements(log), board, ZOE) if (e.annotator, e.kind) == ("", "understanding")
    )

    assert (every.shown.hits, every.shown.of, every.blind.hits, every.blind.of) == (6, 6, 6, 6)


def test_drift_and_the_pull_of_the_model_are_told_by_batch(log: SqlLog, board: Board) -> None:
    batch(log, board, "s1", "s2")

    weeks = drift(judgements(log), board, ZOE, batch="b")
    assert {w.annotator: (w.rate.hits, w.rate.of) for w in weeks} == {
        "ana": (4, 4),
        "ben": (3, 4),
        "cleo": (2, 2),
    }
    (every,) = [each for each in of_actions(log, board, ZOE, batch="b") if not each.annotator]
    assert (every.shown.hits, every.shown.of, every.blind.hits, every.blind.of) == (2, 2, 1, 2)
    with pytest.raises(UnknownBatch):
        drift(judgements(log), board, ZOE, batch="c")


def test_who_has_a_blind_vote_to_give_is_not_told_in_sums_either(log: SqlLog, board: Board) -> None:
    before = drift(judgements(log), board, ZOE)
    batch(log, board, "s1", blind=True)

    after = drift(judgements(log), board, ZOE)
    assert sum(week.rate.of for week in before) - sum(week.rate.of for week in after) == 6
    (every,) = [each for each in of_actions(log, board, ZOE) if not each.annotator]
    assert (every.shown.of, every.blind.hits, every.blind.of) == (5, 4, 5)
    assert drift(judgements(log), board, ZOE, batch="b") == []
    assert bias(judgements(log), board, ZOE, batch="b") == []


def test_quick_assent_is_a_signal_with_the_reviews_that_gave_it(log: SqlLog, board: Board) -> None:
    yes = [StepConfirmed(f"s0-{step}", 0) for step in (1, 3, 6, 8, 10, 12)]
    log.append(review_stream("s0", "dan"), [yes[0]])
    log.append(review_stream("s0", "dan"), [*yes[1:], ReviewSubmitted(14)])

    (signal,) = signals(judgements(log), board, ZOE)

    assert (signal.annotator, signal.decisions, [each.session for each in signal.reviews]) == (
        "dan",
        6,
        ["s0"],
    )
    batch(log, board, "s1")
    assert signals(judgements(log), board, ZOE, batch="b") == []
