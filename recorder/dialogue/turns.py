"""What belongs to a turn beside what a model decides: openings, and actions that every bot has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from recorder.dialogue import fallback
from recorder.dialogue.domain import (
    ACTION_BACK,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    Domain,
)
from recorder.dialogue.slots import REQUESTED_SLOT
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event, JsonObject
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

ACTION_OF_INTENT: Final = {
    "restart": ACTION_RESTART,
    "back": ACTION_BACK,
    "session_start": ACTION_SESSION_START,
}
"""Intents that mean the same to every bot, as in Rasa; no model is asked."""

SAYS: Final = {
    ACTION_RESTART: "utter_restart",
    ACTION_BACK: "utter_back",
    ACTION_DEFAULT_FALLBACK: "utter_default",
    ACTION_DEFAULT_ASK_REPHRASE: "utter_ask_rephrase",
}
"""The response that an action of every bot gives first, where the domain has it."""

SESSION_METADATA: Final = "session_started_metadata"


def brought_about(action: str, domain: Domain, tracker: Tracker) -> list[Event]:
    """What an action that every bot has brings about by itself, beside what it says."""
    match action:
        case "action_session_start":
            return session_start(domain, tracker)
        case "action_restart":
            return [Restarted()]
        case "action_back":
            return [UserUtteranceReverted(), UserUtteranceReverted()]
        case "action_default_fallback":
            return [UserUtteranceReverted()]
        case "action_deactivate_loop":
            return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)]
        case "action_default_ask_affirmation":
            return fallback.affirmation(tracker.latest_message)
        case "action_revert_fallback_events":
            return fallback.reverted(tracker)
        case _:
            return []


def session_start(domain: Domain, tracker: Tracker, metadata: JsonObject | None = None) -> list[Event]:
    """A new session begins; what the one before had learned of the user is carried over.

    Args:
        metadata: what the channel says of the new session.
    """
    kept = _carried_over(tracker) if domain.carry_over_slots else []
    told: list[Event] = [SlotSet(SESSION_METADATA, metadata)] if metadata else []
    return [SessionStarted(), *kept, *told]


def is_new_session(domain: Domain, tracker: Tracker, latest: datetime | None, now: datetime) -> bool:
    """Whether the next message begins a session.

    Args:
        latest: when the latest event happened; None: there was none yet.
    """
    return latest is None or tracker.followup == ACTION_SESSION_START or _expired(domain, latest, now)


def opening(
    domain: Domain,
    tracker: Tracker,
    latest: datetime | None,
    now: datetime,
    metadata: JsonObject | None = None,
) -> list[Event]:
    """What must come before the next message; see `is_new_session` and `session_start`."""
    if is_new_session(domain, tracker, latest, now):
        begun = session_start(domain, tracker, metadata)
        return [by_default(ACTION_SESSION_START), *begun, by_default(ACTION_LISTEN)]
    return [] if tracker.paused or is_listening(tracker) else [by_default(ACTION_LISTEN)]


def is_listening(tracker: Tracker) -> bool:
    """Whether it is the user's turn; False also when the bot was broken off before it had answered."""
    for state in tracker.backwards():
        match state.event:
            case UserUttered():
                return False
            case ActionExecuted(name=name):
                return name == ACTION_LISTEN
    return False


def _expired(domain: Domain, latest: datetime, now: datetime) -> bool:
    limit = domain.session_expiration_time
    return limit > 0 and now - latest > timedelta(minutes=limit)


def _carried_over(tracker: Tracker) -> list[Event]:
    return [
        SlotSet(name, value)
        for name, value in tracker.slots.items()
        if value != tracker.initial_slots.get(name) and name not in (REQUESTED_SLOT, SESSION_METADATA)
    ]


def due(tracker: Tracker) -> str | None:
    """The action that must come next whatever a model says; None: a model decides."""
    if tracker.followup is not None:
        return tracker.followup
    if tracker.latest_message is None:
        return ACTION_LISTEN
    if tracker.latest_action == ACTION_LISTEN:
        return ACTION_OF_INTENT.get(tracker.latest_message.intent or "")
    return None


def by_default(action: str) -> ActionExecuted:
    """An action that no model chose."""
    return ActionExecuted(action, policy="default", confidence=1.0)


def filled(tracker: Tracker) -> list[SlotSet]:
    """What the latest message filled by itself, if nothing was done since."""
    found: list[SlotSet] = []
    for state in tracker.backwards():
        if not isinstance(state.event, SlotSet):
            return found[::-1] if isinstance(state.event, UserUttered) else []
        found.append(state.event)
    return []
