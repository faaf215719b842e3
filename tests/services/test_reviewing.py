"""Showing sessions and taking decisions, over a log in memory and one on disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from recorder.dialogue.domain import Domain, Intent, Slot
from recorder.errors import UnknownSession
from recorder.events.event import JsonObject, review_stream, session_stream
from recorder.events.review import ActionCorrected, StepConfirmed
from recorder.events.session import ActionExecuted, Opaque, SlotSet, UserUttered
from recorder.review.people import operator
from recorder.services.reviewing import Desk, decide, open_session, review_state, session_key
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from tests.given import GREETING, REVIEWS, session

ANA, BEN = operator("ana"), operator("ben")


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
    else:
        url = f"sqlite:///{tmp_path / 'log.db'}"
        upgrade(url)
        yield open_log(url)


def press(kind: str, step: str, on: int = 0, *, id: str = "", **fields: Any) -> JsonObject:
    return {"id": id or f"{kind}-{step}-{on}", "type": kind, "step": step, "made_on": on, **fields}


@pytest.fixture
def desk(log: EventLog) -> Desk:
    session(log, "s", GREETING, REVIEWS)
    return Desk(log)


def question_ids(desk: Desk, name: str = "s") -> list[str]:
    return [question.id for question in desk.session(name).questions]


def test_a_session_is_shown_whole_and_as_plain_json(desk: Desk) -> None:
    shown = open_session(desk, "s", ANA)

    assert [q["action"]["name"] for q in shown["questions"]] == [
        "utter_greet",
        "action_listen",
        "action_show_venue_reviews",
        "action_listen",
    ]
    assert shown["questions"][2]["message"]["predictions"][0]["ranking"][0] == ["compare_reviews", 0.8]
    assert shown["domain"]["intents"] == ["greet", "other", "compare_reviews"]
    assert orjson.loads(orjson.dumps(shown)) == shown


def test_slots_are_told_with_what_set_them(log: EventLog) -> None:
    log.append(
        session_stream("s"),
        [
            UserUttered("a", {"intent": {"name": "i"}}),
            SlotSet("city", "Rome"),
            ActionExecuted("search"),
            SlotSet("found", [1]),
            Opaque("stack", {"update": "<b>"}),
            ActionExecuted("action_listen"),
        ],
    )
    desk = Desk(log, Domain(slots=(Slot("city"), Slot("day")), intents=(Intent("other"),)), "m1")

    first, second = open_session(desk, "s", ANA)["questions"]

    assert first["slots_changed"] == [
        {"name": "city", "value": "Rome", "by": "the message"},
        {"name": "day", "value": None, "by": "initial value"},
    ]
    assert second["slots_changed"] == [{"name": "found", "value": [1], "by": "search"}]
    assert [e["type"] for e in first["action"]["effects"]] == ["slot", "opaque"]


def test_an_unknown_session_says_so(desk: Desk) -> None:
    with pytest.raises(UnknownSession):
        open_session(desk, "nobody", ANA)


def test_decisions_are_stored_in_order_in_the_annotators_own_stream(desk: Desk) -> None:
    a, b, c, _ = question_ids(desk)

    outcome = decide(
        desk,
        "s",
        ANA,
        [press("step_confirmed", a), press("step_confirmed", b), press("action_corrected", c, action="x")],
    )

    assert outcome.refused == []
    stored = desk.log.read(review_stream("s", "ana"))
    assert [r.id for r in stored] == outcome.acked
    assert [type(r.event) for r in stored] == [StepConfirmed, StepConfirmed, ActionCorrected]
    assert {r.actor for r in stored} == {"ana"}
    assert outcome.position == stored[-1].position
    assert review_state(desk, "s", BEN)["decisions"] == []


def test_the_same_press_twice_is_one_decision(desk: Desk) -> None:
    sent = [press("step_confirmed", question_ids(desk)[0])]

    first, second = decide(desk, "s", ANA, sent), decide(desk, "s", ANA, sent + sent)

    assert first.acked == ["step_confirmed-" + question_ids(desk)[0] + "-0"]
    assert set(second.acked) == set(first.acked)
    assert len(desk.log.read(review_stream("s", "ana"))) == 1


def test_a_press_on_a_version_that_is_gone_is_refused_and_the_others_are_taken(desk: Desk) -> None:
    a, b, *_ = question_ids(desk)
    decide(desk, "s", ANA, [press("step_confirmed", a)])

    outcome = decide(desk, "s", ANA, [press("step_unsure", a, 0), press("step_confirmed", b)])

    assert outcome.acked == [f"step_confirmed-{b}-0"]
    assert outcome.refused[0]["id"] == f"step_unsure-{a}-0"
    assert "elsewhere" in outcome.refused[0]["reason"]


def test_an_id_that_was_used_for_something_else_is_refused(desk: Desk) -> None:
    a, b, *_ = question_ids(desk)
    decide(desk, "s", ANA, [press("step_confirmed", a, id="one")])

    same_review = decide(desk, "s", ANA, [press("step_confirmed", b, id="one")])
    another = decide(desk, "s", BEN, [press("step_unsure", a, id="one"), press("step_confirmed", b)])

    assert [r["id"] for r in same_review.refused] == ["one"]
    assert [r["id"] for r in another.refused] == ["one"]
    assert len(another.acked) == 1


def test_rubbish_is_refused_and_nothing_of_it_is_stored(desk: Desk) -> None:
    outcome = decide(desk, "s", ANA, [None, {"id": "x"}, press("step_confirmed", "nowhere"), "text"])

    assert outcome.acked == []
    assert len(outcome.refused) == 4
    assert outcome.position == 0
    assert desk.log.version(review_stream("s", "ana")) == 0


def test_a_second_desk_sees_what_the_first_one_stored(desk: Desk) -> None:
    a, *_ = question_ids(desk)
    other = Desk(desk.log)
    review_state(other, "s", ANA)

    decide(desk, "s", ANA, [press("step_confirmed", a)])

    assert [d["step"] for d in review_state(other, "s", ANA)["decisions"]] == [a]
    assert review_state(other, "s", ANA, after=1)["decisions"] == []


def test_a_session_that_goes_on_is_shown_anew(desk: Desk) -> None:
    before, key = len(question_ids(desk)), session_key(desk, "s", ANA)

    desk.log.append(session_stream("s"), [UserUttered("bye", {"intent": {"name": "goodbye"}})])

    assert len(question_ids(desk)) == before + 1
    assert session_key(desk, "s", ANA) != key


def test_undo_and_submit_arrive_like_any_decision(desk: Desk) -> None:
    a, *_ = question_ids(desk)
    sent = [
        press("step_confirmed", a, id="one"),
        {"id": "two", "type": "decision_undone", "decision": "one"},
        press("step_unsure", a, 2, id="three"),
        {"id": "four", "type": "review_submitted", "session_version": 9},
        press("step_confirmed", a, 3, id="five"),
    ]

    outcome = decide(desk, "s", ANA, sent)

    assert outcome.acked == ["one", "two", "three", "four"]
    assert "submitted" in outcome.refused[0]["reason"]
    assert review_state(desk, "s", ANA)["submitted"]


def test_many_tabs_at_once_lose_nothing_and_store_nothing_twice(desk: Desk) -> None:
    ids = question_ids(desk)
    notes = [press("step_noted", step, 0, id=f"n-{step}", text="x") for step in ids]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda note: decide(desk, "s", ANA, [note]), notes * 6))

    assert all(outcome.refused == [] for outcome in outcomes)
    assert sorted(r.id for r in desk.log.read(review_stream("s", "ana"))) == sorted(n["id"] for n in notes)
