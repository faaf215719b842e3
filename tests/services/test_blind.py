"""Blind sessions: what is sent of them before and after each own decision, and what is stored."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.events.event import JsonObject, NewEvent, review_stream, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import ActionCorrected, Decision, IntentCorrected, StepConfirmed
from recorder.events.session import ActionExecuted, BotUttered, Restarted, SlotSet, UserUttered
from recorder.review import reviews
from recorder.review.batches import Item
from recorder.review.people import Person, operator
from recorder.review.verdicts import settle
from recorder.review.visibility import may_see
from recorder.services import batching
from recorder.services.board import Board
from recorder.services.opening import close_batch, open_batch
from recorder.services.reviewing import Desk, decide, open_session, review_state
from recorder.store.memory import MemoryLog

ANA = operator("ana")
TURNS = 6


def secretive(log: MemoryLog, turns: int = TURNS, restart_after: int | None = None) -> None:
    """Each step has names of its own, so that each can be found in what is sent."""
    events: list[NewEvent] = []

    def add(event: Any, name: str | None = None) -> None:
        events.append(NewEvent(event, id=name))

    for n in range(turns):
        parsed = {
            "intent": {"name": f"intent-{n}", "confidence": 0.5},
            "entities": [{"entity": f"entity-{n}", "value": "x", "start": 0, "end": 4}],
        }
        add(UserUttered(f"word {n}", parsed), f"m{n}")
        add(IntentRanked(f"m{n}", "early", ((f"intent-{n}", 0.5), (f"guess-{n}", 0.4))))
        add(SlotSet(f"slot-{n}", "from the message"))
        add(ActionExecuted(f"action-{n}"), f"a{n}")
        add(ActionRanked(f"a{n}", "early", ((f"action-{n}", 0.5), (f"other-{n}", 0.4))))
        add(BotUttered(f"answer-{n}"))
        add(ActionExecuted("action_listen"), f"l{n}")
        if n == restart_after:
            add(Restarted())
    log.append(session_stream("s"), events, actor="bot")


def blind_desk(log: MemoryLog, **more: Any) -> Desk:
    return Desk(log, is_blind=lambda session, person: True, **more)


@pytest.fixture
def desk() -> Desk:
    log = MemoryLog()
    secretive(log)
    return blind_desk(log)


def answer(step: str, action: str, intent: str | None = None, on: int = 0, **more: Any) -> JsonObject:
    return {
        "id": f"answer-{step}-{on}",
        "type": "step_answered",
        "step": step,
        "made_on": on,
        "intent": intent,
        "action": action,
        **more,
    }


def sent(desk: Desk) -> str:
    """What the screen gets of the questions; names to choose from are apart."""
    return orjson.dumps(open_session(desk, "s", ANA)["questions"]).decode()


def tells(text: str, n: int) -> bool:
    kinds = ("intent", "guess", "action", "other", "entity", "slot", "answer")
    return any(f'"{kind}-{n}"' in text for kind in kinds)


def stored(desk: Desk) -> list[Decision]:
    events = [row.event for row in desk.log.read(review_stream("s", "ana"))]
    return [event for event in events if isinstance(event, Decision)]


def test_of_a_step_that_is_asked_only_the_words_are_sent_and_of_later_ones_nothing(desk: Desk) -> None:
    text = sent(desk)

    assert '"word 0"' in text and '"word 1"' not in text
    assert not any(tells(text, n) for n in range(TURNS))


def test_what_the_bot_did_comes_with_the_acknowledgement_of_the_own_answer(desk: Desk) -> None:
    decide(desk, "s", ANA, [answer("a0", "action-0", "intent-0")])

    more = review_state(desk, "s", ANA, asked=[0])["more"]

    assert [question["index"] for question in more] == [0, 1]
    assert more[0]["action"]["name"] == "action-0" and "mask" not in more[0]
    assert more[1]["mask"] == "asked" and more[1]["action"]["name"] is None
    assert tells(sent(desk), 0) and not tells(sent(desk), 1)


def test_an_answer_says_the_same_as_a_shown_review_would(desk: Desk) -> None:
    decide(desk, "s", ANA, [answer("a0", "action-0", "intent-0"), answer("l0", "wave")])

    yes, no = stored(desk)

    assert yes == StepConfirmed("a0", 0, shown="blind")
    assert no == ActionCorrected("l0", 0, "wave", shown="blind")


def test_another_intent_and_other_entities_are_decisions_on_the_message(desk: Desk) -> None:
    given_ = answer(
        "a0", "action-0", "bye", entities=[{"entity": "city", "value": "word", "start": 0, "end": 4}]
    )

    outcome = decide(desk, "s", ANA, [given_])
    again = decide(desk, "s", ANA, [given_])

    assert outcome.acked == again.acked == [given_["id"]] and not outcome.refused
    assert [(event.type, event.step, event.made_on) for event in stored(desk)] == [
        ("entities_corrected", "m0", 0),
        ("intent_corrected", "m0", 1),
        ("step_confirmed", "a0", 2),
    ]


def test_a_message_that_nothing_followed_is_answered_by_its_intent() -> None:
    log = MemoryLog()
    log.append(session_stream("s"), [NewEvent(UserUttered("hi", {"intent": {"name": "greet"}}), id="m")])
    right, wrong = blind_desk(log), blind_desk(log)

    decide(right, "s", ANA, [answer("m", "", "greet")])
    decide(wrong, "s", operator("ben"), [answer("m", "", "bye") | {"id": "other"}])

    said = [row.event for name in ("ana", "ben") for row in log.read(review_stream("s", name))]
    assert said == [StepConfirmed("m", 0, shown="blind"), IntentCorrected("m", 0, "bye", shown="blind")]


def test_a_mind_changed_after_the_disclosure_is_stored_as_such(desk: Desk) -> None:
    decide(desk, "s", ANA, [answer("a0", "wave", "intent-0")])
    decide(desk, "s", ANA, [{"id": "two", "type": "step_confirmed", "step": "a0", "made_on": 1}])

    assert [event.shown for event in stored(desk)] == ["blind", "model"]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "step_confirmed", "step": "a0"},
        {"type": "step_confirmed", "step": "l0"},
        {"type": "rest_confirmed", "step": "a0", "steps": ["a0", "l0"]},
        {"type": "action_corrected", "step": "a0", "action": "x"},
        {"type": "intent_corrected", "step": "m0", "intent": "x"},
        {"type": "action_removed", "step": "a1"},
        {"type": "step_answered", "step": "a1", "intent": "x", "action": "y"},
        {"type": "step_answered", "step": "a0", "intent": "x"},
        {"type": "step_answered", "step": "a0", "intent": " ", "action": "y"},
        {"type": "step_answered", "step": "nowhere", "intent": "x", "action": "y"},
        {"type": "step_answered", "step": "a0", "intent": 1, "action": "y"},
    ],
)
def test_nobody_says_yes_to_what_they_have_not_seen(desk: Desk, said: JsonObject) -> None:
    outcome = decide(desk, "s", ANA, [{"id": "x", "made_on": 0, **said}])

    assert outcome.acked == [] and len(outcome.refused) == 1
    assert stored(desk) == []


def test_unsure_notes_flags_and_cuts_need_no_answer(desk: Desk) -> None:
    said = [
        {"id": "1", "type": "step_noted", "step": "a0", "made_on": 0, "text": "hm"},
        {"id": "2", "type": "step_flagged", "step": "a0", "made_on": 1, "flag": "bug"},
        {"id": "3", "type": "step_unsure", "step": "a0", "made_on": 2},
        {"id": "4", "type": "session_cut", "step": "l0", "made_on": 0},
    ]

    outcome = decide(desk, "s", ANA, said)

    assert outcome.refused == []
    assert {event.shown for event in stored(desk)} == {"blind"}


def test_after_another_action_what_the_user_said_next_is_shown_and_no_more(desk: Desk) -> None:
    decide(desk, "s", ANA, [answer("a0", "action-0", "intent-0"), answer("l0", "wave")])

    shown = open_session(desk, "s", ANA)["questions"]

    assert [question.get("mask") for question in shown[:4]] == [None, None, "asked", "withheld"]
    assert shown[2]["message"]["text"] == "word 1"
    decide(desk, "s", ANA, [{"id": "k", "type": "rest_kept", "step": "l0", "made_on": 1}])
    assert decide(desk, "s", ANA, [answer("a1", "action-1", "intent-1")]).refused == []


def test_after_a_cut_the_next_episode_is_asked_and_the_rest_stays_hidden() -> None:
    log = MemoryLog()
    secretive(log, restart_after=2)
    desk = blind_desk(log)

    decide(desk, "s", ANA, [{"id": "x", "type": "session_cut", "step": "a0", "made_on": 0}])

    masks = [question.get("mask") for question in open_session(desk, "s", ANA)["questions"]]
    assert masks == [None, "asked", *["withheld"] * 4, "asked", *["withheld"] * 5]


def test_shown_sessions_are_stored_as_shown() -> None:
    log = MemoryLog()
    secretive(log)
    desk = Desk(log)

    decide(
        desk, "s", ANA, [{"id": "1", "type": "step_confirmed", "step": "a0", "made_on": 0, "shown": "blind"}]
    )

    assert [event.shown for event in stored(desk)] == ["model"]


names = st.sampled_from([*(f"action-{n}" for n in range(TURNS)), "action_listen", "wave"])
intents = st.sampled_from([*(f"intent-{n}" for n in range(TURNS)), "bye"])
moves = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), names, intents),
        st.tuples(
            st.sampled_from(["step_unsure", "step_skipped", "session_cut", "rest_kept"]), names, intents
        ),
        st.tuples(st.just("decision_undone"), names, intents),
    ),
    max_size=16,
)


@settings(max_examples=60, deadline=None)
@given(moves, st.sampled_from([None, 1, 3]))
def test_whatever_is_pressed_nothing_is_told_before_its_own_answer(moves: Any, restart: int | None) -> None:
    log = MemoryLog()
    secretive(log, restart_after=restart)
    desk = blind_desk(log)
    told_before: set[str] = set()

    for number, (kind, action, intent) in enumerate(moves):
        shown = open_session(desk, "s", ANA)["questions"]
        review = desk.review("s", "ana")
        told = {question["id"] for question in shown if "mask" not in question}
        assert told >= told_before, "what has been seen stays seen"
        ever = {step for event in review.events.values() for step in reviews.steps_of(event)}
        assert told <= ever
        told_before = told
        asked = [question for question in shown if question.get("mask") == "asked"]
        target = asked[0] if asked else shown[0]
        on = review.version(desk.session("s").steps_of_question[target["id"]])
        said: JsonObject = {"id": str(number), "type": kind, "step": target["id"], "made_on": on}
        if kind == "answer":
            said |= {"type": "step_answered", "intent": intent, "action": action}
        if kind == "decision_undone":
            said |= {"decision": review.standing[-1] if review.standing else "none"}
        before = desk.log.version(review_stream("s", "ana"))
        outcome = decide(desk, "s", ANA, [said])
        fresh = [row.event for row in desk.log.read(review_stream("s", "ana"), before - 1)]
        if kind == "answer" and asked:
            assert outcome.refused == [] or "hypothetical" in str(outcome.refused)
            assert {event.shown for event in fresh if isinstance(event, Decision)} <= {"blind"}
        state = review_state(desk, "s", ANA, asked=[question["index"] for question in asked])
        merged = {question["index"]: question for question in shown}
        merged |= {question["index"]: question for question in state["more"]}
        assert [merged[n] for n in sorted(merged)] == open_session(desk, "s", ANA)["questions"]


def test_a_blind_and_a_shown_yes_agree(desk: Desk) -> None:
    decide(desk, "s", ANA, [answer("a0", "action-0", "intent-0")])
    shown = Desk(desk.log)
    decide(shown, "s", operator("ben"), [{"id": "b", "type": "step_confirmed", "step": "a0", "made_on": 0}])

    given_ = {name: reviews.answers(shown.review("s", name).decisions()) for name in ("ana", "ben")}

    assert settle(given_)["a0"].status == "agreed"


def test_a_batch_says_for_whom_a_session_is_blind_and_until_when() -> None:
    log = MemoryLog()
    secretive(log, turns=1)
    began = log.read(session_stream("s"))[0].position
    board = Board(log)
    ana, bo = Person("ana", "annotator"), Person("bo", "annotator")
    lead, zoe = Person("lea", "adjudicator"), Person("zoe", "viewer")
    desk = Desk(log, is_blind=lambda session, person: batching.is_blind(board, session, person))
    assert not desk.is_blind("s", ana)

    open_batch(board, lead, "b", [Item(began, 1, blind=True)], annotators=["ana", "bo"])

    assert desk.is_blind("s", ana) and desk.is_blind("s", bo)
    assert batching.blind_sessions(board, ana) == {"s"}
    assert not desk.is_blind("s", lead) and not desk.is_blind("s", zoe)
    assert not may_see(zoe, batching.case(board, zoe, "s"), "others")
    batching.submit(board, desk, "s", ana, "c1")
    assert not desk.is_blind("s", ana), "it is submitted"
    assert batching.blind_sessions(board, ana) == set()
    batching.reopen(board, desk, "s", ana, "c2")
    assert not desk.is_blind("s", ana), "what was seen stays seen"
    assert desk.is_blind("s", bo), "late work is blind as well"
    close_batch(board, lead, "b")
    assert not desk.is_blind("s", bo)
