"""What belongs to a turn beside what a model decides: openings, and actions that every bot has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_RESTART, ACTION_SESSION_START, Domain
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

ACTION_BACK: Final = "action_back"
ACTION_OF_INTENT: Final = {
    "restart": ACTION_RESTART,
    "back": ACTION_BACK,
    "session_start": ACTION_SESSION_START,
}
"""Intents that mean the same to every bot, as in Rasa; no model is asked."""

BUILT_IN: Final[dict[str, tuple[Event, ...]]] = {
    ACTION_LISTEN: (),
    ACTION_SESSION_START: (SessionStarted(),),
    ACTION_RESTART: (Restarted(),),
    ACTION_BACK: (UserUtteranceReverted(), UserUtteranceReverted()),
}
"""Action -> what it brings about."""


def opening(domain: Domain, tracker: Tracker, latest: datetime | None, now: datetime) -> list[Event]:
    """What must come before the next message.

    Args:
        latest: when the session's latest event happened; None: it has none yet.
    """
    if latest is None or tracker.followup == ACTION_SESSION_START or _expired(domain, latest, now):
        kept = _carried_over(tracker) if domain.carry_over_slots else []
        return [by_default(ACTION_SESSION_START), SessionStarted(), *kept, by_default(ACTION_LISTEN)]
    return [] if tracker.paused or _listening(tracker) else [by_default(ACTION_LISTEN)]


def _listening(tracker: Tracker) -> bool:
    """False when the bot was broken off before it had answered."""
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
        if value != tracker.initial_slots.get(name)
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
