"""A session's state as Rasa dumps it (formats.md §1.4): what clients and action servers get to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject
from recorder.events.session import ActiveLoop, UserUttered


def dump(session: str, state: Tracker, events: Sequence[JsonObject] | None = None) -> JsonObject:
    """The dump of a session.

    Args:
        events: the session's, as Rasa writes them. None: a dump without events.

    Returns:
        A new object of JSON values; slots and parse data are the tracker's own, not copies.
    """
    message = state.latest_message
    return {
        "sender_id": session,
        "slots": dict(state.slots),
        "latest_message": parse_data(message),
        "latest_event_time": events[-1].get("timestamp") if events else None,
        "followup_action": state.followup,
        "paused": state.paused,
        "events": None if events is None else list(events),
        "latest_input_channel": message.input_channel if message else None,
        "active_loop": _active_loop(state),
        "latest_action": {"action_name": state.latest_action} if state.latest_action else {},
        "latest_action_name": state.latest_action,
    }


def parse_data(message: UserUttered | None) -> JsonObject:
    """What was made of a message; the keys that Rasa always writes are there, whatever was recorded."""
    if message is None:
        return {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}
    intent: Any = message.parse_data.get("intent") or {}
    ranking = [intent] if isinstance(intent, dict) and intent.get("name") else []
    return {
        "intent": {},
        "entities": [],
        "intent_ranking": ranking,
        "message_id": message.message_id,
        "metadata": message.metadata or {},
        **message.parse_data,
        "text": message.text,
    }


def _active_loop(state: Tracker) -> JsonObject:
    if state.active_loop is None:
        return {}
    return {
        "name": state.active_loop,
        "is_interrupted": state.loop_interrupted,
        "rejected": state.loop_rejected,
        "trigger_message": parse_data(_message_that_began(state)),
    }


def _message_that_began(state: Tracker) -> UserUttered | None:
    """The message in answer to which the active loop began."""
    for each in state.backwards():
        if isinstance(each.event, ActiveLoop) and each.event.name == state.active_loop:
            return each.latest_message
    return None
