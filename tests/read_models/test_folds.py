"""The folds of the read models: one session in, rows out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recorder.dialogue.steps import cut
from recorder.events.adjudication import StepAdjudicated
from recorder.events.event import Event, review_stream, session_stream
from recorder.events.review import (
    ActionCorrected,
    EntitiesCorrected,
    IntentCorrected,
    ReviewSubmitted,
    StepConfirmed,
    StepUnsure,
)
from recorder.read_models import counters, search, sessions, steps
from recorder.read_models.model import History
from recorder.read_models.registry import MODELS
from recorder.review.adjudications import replay as replay_adjudications
from recorder.review.questions import ask
from recorder.review.reviews import Answer, replay
from recorder.review.verdicts import mark
from recorder.store.memory import MemoryLog
from tests.given import GREETING, REVIEWS, session

YES = [StepConfirmed("a-10", 0), ReviewSubmitted(9)]
NO = [ActionCorrected("a-10", 0, "utter_other"), ReviewSubmitted(9)]


def history(**reviews: list[Event]) -> History:
    log = MemoryLog()
    session(log, "a", GREETING, REVIEWS)
    for annotator, events in reviews.items():
        log.append(review_stream("a", annotator), events)
    records = log.read(session_stream("a"))
    folded = {
        name: replay((r.id, r.event) for r in log.read(review_stream("a", name))) for name in sorted(reviews)
    }
    return History("a", records, ask(cut(records)), folded)


def step(name: str, **reviews: list[Event]) -> dict[str, Any]:
    (found,) = [row for row in steps.fold(history(**reviews))["step_list"] if row["step"] == name]
    return dict(found)


def test_a_step_says_what_was_predicted_and_done_and_how_sure_the_model_was() -> None:
    row = step("a-10")

    assert (row["number"], row["question"], row["kind"]) == (4, 2, "action")
    assert (row["predicted"], row["chosen"], row["confidence"]) == (
        "other",
        "action_show_venue_reviews",
        0.31,
    )
    assert (row["status"], row["label"], row["votes"], row["share"]) == ("unreviewed", None, 0, None)


def test_a_step_counts_the_votes_of_the_submitted_reviews() -> None:
    row = step("a-10", ana=YES, ben=NO, cleo=YES, dan=NO[:1])

    assert (row["status"], row["label"]) == ("majority", "action_show_venue_reviews")
    assert (row["votes"], row["share"]) == (3, pytest.approx(2 / 3))
    assert (row["pairs"], row["agreeing"]) == (3, 1)
    assert json.loads(row["labels"]) == {"action_show_venue_reviews": 2, "utter_other": 1}


def test_a_step_on_which_two_disagree_is_disputed() -> None:
    row = step("a-10", ana=YES, ben=NO)

    assert (row["status"], row["label"], row["pairs"], row["agreeing"]) == ("disputed", None, 1, 0)


def test_whoever_answers_for_the_action_has_answered_for_its_message() -> None:
    row = step("a-8", ana=YES, ben=[IntentCorrected("a-8", 0, "greet"), ReviewSubmitted(9)])

    assert json.loads(row["labels"]) == {"compare_reviews": 1, "greet": 1}


def test_who_cannot_tell_has_voted_so() -> None:
    assert json.loads(step("a-10", ana=[StepUnsure("a-10", 0), ReviewSubmitted(1)])["labels"]) == {
        "(unsure)": 1
    }


def test_counters_add_up_what_a_session_holds_and_its_reviews_say() -> None:
    (row,) = counters.fold(history(ana=YES, ben=NO, cleo=YES[:1]))["session_tally"]

    counts = json.loads(row["counts"])
    assert counts["sessions"] == {"": 1}
    assert counts["messages"] == {"": 2}
    assert counts["source"] == {"talk": 1}
    assert counts["intent"] == {"compare_reviews": 1, "greet": 1}
    assert counts["submitted"] == {"ana": 1, "ben": 1}
    assert counts["in progress"] == {"cleo": 1}
    assert counts["decided"] == {"ana": 1, "ben": 1, "cleo": 1}
    assert counts["corrected"] == {"ben": 1}
    assert counts["steps"] == {"action": 4, "understanding": 2}
    assert counts["verdict"] == {"agreed": 1, "disputed": 1, "unreviewed": 4}
    assert (counts["pairs"], counts["agreeing"]) == ({"action": 1, "understanding": 1}, {"understanding": 1})


def test_search_knows_all_that_was_said_and_its_words_with_those_of_the_name() -> None:
    (row,) = search.fold(history())["session_text"]

    assert row["text"] == "hello\n(utter_greet)\nwhich one is better"
    assert row["words"] == "a ¶ hello ¶ utter greet ¶ which one is better"


def test_what_is_unknown_comes_last_in_every_order() -> None:
    empty = History("b", history().records[:1], [], {})

    (known,), (unknown,) = (sessions.fold(each)["session_list"] for each in (history(), empty))

    for key in ("by_doubt", "by_newest", "by_oldest"):
        assert known[key] < unknown[key]


def test_the_table_names_each_model_as_it_names_itself() -> None:
    assert [model.name for model in MODELS.values()] == list(MODELS)
    tables = [table.name for model in MODELS.values() for table in model.tables]
    assert len(tables) == len(set(tables))


def test_a_step_says_what_there_is_to_adjudicate() -> None:
    assert step("a-10", ana=YES, ben=NO)["task"] == "disputed"
    assert step("a-10", ana=YES, ben=NO, cleo=YES)["task"] == "one against"
    assert step("a-10", ana=YES)["task"] is None


def test_a_step_says_who_gave_which_label_and_where_the_entities_are() -> None:
    there = {"entity": "city", "value": "Oslo", "start": 0, "end": 4, "role": "to"}
    marked = [EntitiesCorrected("a-8", 0, (there,)), ReviewSubmitted(9)]

    assert json.loads(step("a-10", ana=YES, ben=NO)["given"]) == {
        "ana": {"label": "action_show_venue_reviews"},
        "ben": {"label": "utter_other"},
    }
    assert json.loads(step("a-8", ana=YES, ben=marked)["given"]) == {
        "ana": {"label": "compare_reviews", "entities": []},
        "ben": {"label": "compare_reviews", "entities": [[0, 4, "city", "to", ""]]},
    }
    assert step("a-10")["given"] is None


def test_an_adjudicated_step_is_what_was_adjudicated_and_shows_when_a_later_vote_contradicts() -> None:
    def judged(seen: dict[str, str]) -> dict[str, Any]:
        log = MemoryLog()
        log.append(
            "adjudication/a", [StepAdjudicated("a-10", ({"type": "step_confirmed"},), "slip", seen=seen)]
        )
        over = replay_adjudications(log.read("adjudication/a"))
        found = steps.fold(replace(history(ana=YES, ben=NO), adjudications=over))["step_list"]
        return dict(found[4])

    known = {"ben": mark(Answer(action="utter_other"))}
    assert (judged(known)["status"], judged(known)["task"]) == ("adjudicated", None)
    assert judged(known)["label"] == "action_show_venue_reviews"
    assert (judged({})["status"], judged({})["task"]) == ("adjudicated", "reopened")


def test_counters_say_by_week_how_often_somebody_said_what_was_settled() -> None:
    day = datetime(2026, 1, 8, tzinfo=UTC)
    told = history(ana=YES, ben=YES, cleo=NO)
    decided = {name: dict.fromkeys(review.events, day) for name, review in told.reviews.items()}

    (row,) = counters.fold(replace(told, decided=decided))["session_tally"]

    counts = json.loads(row["counts"])
    assert counts["settled"] == {f"2026-W02 {name}": 2 for name in ("ana", "ben", "cleo")}, "with the message"
    assert counts["as settled"] == {"2026-W02 ana": 2, "2026-W02 ben": 2, "2026-W02 cleo": 1}
    assert counts["task"] == {"one against": 1, "agreed 3": 1}, "the message is what all say it is"


def test_counters_hold_yes_to_the_model_apart_by_what_was_seen_of_it() -> None:
    blind = [StepConfirmed("a-10", 0, shown="blind"), ReviewSubmitted(9)]
    model = [
        IntentCorrected("a-8", 0, "greet", shown="blind"),
        ActionCorrected("a-10", 0, "utter_other", shown="model"),
        ReviewSubmitted(9),
    ]
    told = history(ana=blind, ben=model, cleo=YES)
    decided = {name: dict.fromkeys(r.events, datetime.now(UTC)) for name, r in told.reviews.items()}

    (row,) = counters.fold(replace(told, decided=decided))["session_tally"]

    counts = json.loads(row["counts"])
    assert counts["decided on"] == {
        "blind action ana": 1,
        "blind understanding ana": 1,
        "blind understanding ben": 1,
        "model action ben": 1,
    }
    assert counts["accepted"] == {"blind action ana": 1, "blind understanding ana": 1}


def test_a_review_says_how_much_of_it_was_quick_assent() -> None:
    ids = ("a-3", "a-6", "a-10", "a-12", "a-8", "a-1")
    fast = [*(StepConfirmed(each, 0) for each in ids), ReviewSubmitted(9)]
    told = history(ana=fast, ben=NO, cleo=NO)

    def row(seconds: float) -> dict[str, Any]:
        start = datetime(2026, 1, 8, tzinfo=UTC)
        at = {
            event: start + timedelta(seconds=seconds * place)
            for place, event in enumerate(told.reviews["ana"].events)
        }
        return dict(sessions.fold(replace(told, decided={"ana": at}))["review_list"][0])

    assert (row(0.3)["quick"], row(0.3)["quick_otherwise"]) == (6, 1)
    assert (row(3)["quick"], row(3)["quick_otherwise"]) == (0, 0)
