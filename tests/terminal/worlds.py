"""What a trainer may be looking at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.dialogue.tracker import replay
from recorder.events.event import Event
from recorder.events.session import ActionExecuted, SessionRecorded, SessionStarted, UserUttered
from recorder.terminal.questions import IsItRight, Scene

ACTIONS = (
    "action_listen",
    "action_restart",
    "utter_default",
    "utter_greet",
    "utter_goodbye",
    "utter_youarewelcome",
    "action_search_concerts",
    "action_search_venues",
    "action_show_concert_reviews",
    "action_show_venue_reviews",
)
SHARES = (0.19, 0.0, 0.0, 0.03, 0.03, 0.02, 0.09, 0.02, 0.29, 0.33)
INTENTS = ("greet", "goodbye", "search_concerts", "compare_reviews")
FOUND = [{"artist": "Foo Fighters", "reviews": 4.5}, {"artist": "Katy Perry", "reviews": 5.0}]

OPENING: list[Event] = [
    SessionRecorded("interactive"),
    ActionExecuted("action_session_start"),
    SessionStarted(),
    ActionExecuted("action_listen"),
]


def heard(text: str, intent: str, *entities: dict[str, Any]) -> UserUttered:
    return UserUttered(text, {"intent": {"name": intent, "confidence": 0.9}, "entities": [*entities]})


def scene(*events: Event, slots: dict[str, Any] | None = None, loop: str | None = None) -> Scene:
    history = (*OPENING, *events)
    messages = [event for event in history if isinstance(event, UserUttered)]
    return Scene(
        history=history,
        slots=replay(history).slots if slots is None else slots,
        loop=loop,
        actions=ACTIONS,
        intents=INTENTS,
        responses=frozenset(name for name in ACTIONS if name.startswith("utter_")),
        messages=tuple(str(message.text) for message in messages),
        message=messages[-1] if messages else None,
        session="s",
    )


def asked(action: str = "utter_greet", *events: Event, **others: Any) -> IsItRight:
    """Whether that is right, after a greeting if nothing else happened."""
    said: Sequence[Event] = events or [heard("hello", "greet")]
    return IsItRight(scene(*said), action, dict(zip(ACTIONS, SHARES, strict=True)), **others)
