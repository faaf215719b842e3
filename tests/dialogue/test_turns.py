"""What every bot does: openings, and its default actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recorder.dialogue import turns
from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.tracker import replay
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    ConversationPaused,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
DOMAIN = Domain(slots=(Slot("city"), Slot("size", initial_value="L")))
LISTEN = ActionExecuted("action_listen", policy="default", confidence=1.0)
START = ActionExecuted("action_session_start", policy="default", confidence=1.0)
TOLD: list[Event] = [
    LISTEN,
    UserUttered("x"),
    SlotSet("city", "Rome"),
    SlotSet("size", "L"),
    SlotSet("requested_slot", "city"),
    SlotSet("session_started_metadata", {"old": 1}),
    LISTEN,
]


def opening(events: list[Event], minutes: float, domain: Domain = DOMAIN, **told: object) -> list[Event]:
    latest = NOON - timedelta(minutes=minutes) if events else None
    return turns.opening(domain, replay(events, domain), latest, NOON, **told)  # type: ignore[arg-type]


def test_a_conversation_begins_with_a_session() -> None:
    assert opening([], 0) == [START, SessionStarted(), LISTEN]


def test_a_session_that_is_too_old_is_followed_by_another_with_what_was_learned_of_the_user() -> None:
    assert opening(TOLD, 60) == []
    assert opening(TOLD, 61) == [START, SessionStarted(), SlotSet("city", "Rome"), LISTEN]


def test_a_domain_may_say_how_long_a_session_lasts_and_that_nothing_is_carried_over() -> None:
    assert opening(TOLD, 6, Domain(session_expiration_time=5.0, carry_over_slots=False)) == [
        START,
        SessionStarted(),
        LISTEN,
    ]
    assert opening(TOLD, 10_000, Domain(session_expiration_time=0)) == []


def test_a_session_knows_what_the_channel_says_of_it() -> None:
    told = SlotSet("session_started_metadata", {"user": "ann"})

    assert opening([], 0, metadata={"user": "ann"}) == [START, SessionStarted(), told, LISTEN]
    assert opening(TOLD, 1, metadata={"user": "ann"}) == []


def test_a_turn_that_was_broken_off_is_closed_first_unless_the_bot_is_paused() -> None:
    broken = [*TOLD, UserUttered("y"), ActionExecuted("utter_x")]

    assert opening(broken, 1) == [LISTEN]
    assert opening([*broken, ConversationPaused()], 1) == []


def test_after_a_restart_a_session_begins() -> None:
    assert opening([*TOLD, Restarted()], 1) == [START, SessionStarted(), LISTEN]


@pytest.mark.parametrize(
    ("action", "events"),
    [
        ("action_listen", []),
        ("action_restart", [Restarted()]),
        ("action_session_start", [SessionStarted(), SlotSet("city", "Rome")]),
        ("action_default_fallback", [UserUtteranceReverted()]),
        ("action_back", [UserUtteranceReverted()] * 2),
        ("action_deactivate_loop", [ActiveLoop(None), SlotSet("requested_slot", None)]),
        ("action_unlikely_intent", []),
        ("...", []),
    ],
)
def test_default_actions_bring_about_what_they_do_in_rasa(action: str, events: list[Event]) -> None:
    assert turns.brought_about(action, DOMAIN, replay(TOLD, DOMAIN)) == events


def test_it_is_the_users_turn_when_the_bot_waits_and_nothing_was_heard_since() -> None:
    assert turns.is_listening(replay(TOLD))
    assert not turns.is_listening(replay([*TOLD, UserUttered("y")]))
    assert not turns.is_listening(replay([ActionExecuted("utter_x")]))
    assert not turns.is_listening(replay([]))


def test_some_actions_are_due_whatever_a_model_says() -> None:
    asked = {name: [LISTEN, UserUttered(name, {"intent": {"name": name}})] for name in turns.ACTION_OF_INTENT}

    assert {name: turns.due(replay(events)) for name, events in asked.items()} == turns.ACTION_OF_INTENT
    assert turns.due(replay([*TOLD, FollowupAction("trip")])) == "trip"
    assert turns.due(replay(TOLD)) is None


def test_what_a_message_filled_by_itself_stands_right_after_it() -> None:
    heard: list[Event] = [LISTEN, UserUttered("x"), SlotSet("a", 1), SlotSet("b", 2)]

    assert turns.filled(replay(heard)) == [SlotSet("a", 1), SlotSet("b", 2)]
    assert turns.filled(replay([*heard, ActionExecuted("utter_x"), SlotSet("c", 3)])) == []
    assert turns.filled(replay([])) == []
