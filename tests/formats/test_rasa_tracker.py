"""A session's state as Rasa dumps it."""

from __future__ import annotations

from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.tracker import replay
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    FollowupAction,
    SlotSet,
    UserUttered,
)
from recorder.formats import rasa_tracker

DOMAIN = Domain(slots=(Slot("city"),))
GO = UserUttered("go", {"intent": {"name": "go", "confidence": 0.9}}, input_channel="rest", message_id="m1")
OSLO = UserUttered("Oslo", {"intent": {"name": "inform"}, "entities": [{"entity": "city", "value": "Oslo"}]})


def test_a_session_in_the_middle_of_a_form() -> None:
    events = [
        *(GO, ActionExecuted("trip"), ActiveLoop("trip"), OSLO, SlotSet("city", "Oslo")),
        *(ActionExecutionRejected("trip"), FollowupAction("action_listen"), ConversationPaused()),
    ]

    dump = rasa_tracker.dump("s1", replay(events, DOMAIN), [{"event": "user", "timestamp": 2.5}])

    went = {
        "intent": {"name": "go", "confidence": 0.9},
        "entities": [],
        "intent_ranking": [{"name": "go", "confidence": 0.9}],
        "message_id": "m1",
        "metadata": {},
        "text": "go",
    }
    assert dump == {
        "sender_id": "s1",
        "slots": {"city": "Oslo"},
        "latest_message": {
            "intent": {"name": "inform"},
            "entities": [{"entity": "city", "value": "Oslo"}],
            "intent_ranking": [{"name": "inform"}],
            "message_id": None,
            "metadata": {},
            "text": "Oslo",
        },
        "latest_event_time": 2.5,
        "followup_action": "action_listen",
        "paused": True,
        "events": [{"event": "user", "timestamp": 2.5}],
        "latest_input_channel": None,
        "active_loop": {"name": "trip", "is_interrupted": False, "rejected": True, "trigger_message": went},
        "latest_action": {"action_name": "trip"},
        "latest_action_name": "trip",
    }


def test_a_session_that_has_not_begun() -> None:
    dump = rasa_tracker.dump("s1", replay([], DOMAIN))

    assert dump["slots"] == {"city": None}
    assert dump["latest_message"]["text"] is None
    assert (dump["active_loop"], dump["latest_action"], dump["events"]) == ({}, {}, None)


def test_what_a_source_made_of_a_message_is_kept_as_it_is() -> None:
    ranking = [{"name": "a", "confidence": 0.6}, {"name": "b", "confidence": 0.4}]
    message = UserUttered("x", {"intent": {}, "intent_ranking": ranking, "commands": [1]})

    parsed = rasa_tracker.parse_data(message)

    assert parsed["intent_ranking"] == ranking
    assert parsed["commands"] == [1]
