"""What an action gets to see, in the shape that `rasa_sdk` gives it.

A class made from rasa_sdk's own gets rasa_sdk's own tracker and dispatcher: whatever it calls is there,
and behaves as in an action server. Where rasa_sdk is not installed there can be no such class; one of
the same shape gets these, which have what actions commonly ask.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache, cached_property
from typing import Any

from recorder.actions.anywhere import Events
from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject
from recorder.formats import rasa_tracker


def seen_by(action: Any, session: str, state: Tracker, events: Events) -> tuple[Any, Any]:
    """The dispatcher and the tracker for one run of an action; what it does to them stays with it."""
    dump = deepcopy(rasa_tracker.dump(session, state, []))
    rasa_sdk = sys.modules.get("rasa_sdk")
    if rasa_sdk is None or not isinstance(action, getattr(rasa_sdk, "Action", ())):
        return Dispatcher(), ActionTracker(dump, events)
    from rasa_sdk.executor import CollectingDispatcher

    tracker = rasa_sdk.Tracker.from_dict(dump)
    tracker.__class__ = _lazy(rasa_sdk.Tracker)
    del tracker.events  # those of the empty dump: now they are made when somebody looks
    tracker.said = events
    return CollectingDispatcher(), tracker


@cache
def _lazy(kind: Any) -> Any:
    """rasa_sdk's tracker, which makes the events of a long session only for an action that looks."""

    class LazyTracker(kind):  # type: ignore[misc]
        @cached_property
        def events(self) -> list[JsonObject]:
            events: list[JsonObject] = self.said()
            return events

    return LazyTracker


class ActionTracker:
    """The state of a session as `run(dispatcher, tracker, domain)` reads it."""

    def __init__(self, dump: JsonObject, events: Events) -> None:
        self.sender_id = dump["sender_id"]
        self.slots: dict[str, Any] = dump["slots"]
        self.latest_message: JsonObject = dump["latest_message"]
        self.latest_action_name = dump["latest_action_name"]
        self.latest_input_channel: str | None = dump["latest_input_channel"]
        self.active_loop: JsonObject = dump["active_loop"]
        self.followup_action = dump["followup_action"]
        self.paused: bool = dump["paused"]
        self._events = events

    @cached_property
    def events(self) -> list[JsonObject]:
        """The whole session as Rasa writes it; made only when an action asks."""
        return self._events()

    @property
    def active_loop_name(self) -> str | None:
        name: str | None = self.active_loop.get("name")
        return name

    def get_slot(self, key: str) -> Any:
        return self.slots.get(key)

    def current_slot_values(self) -> dict[str, Any]:
        return self.slots

    def get_intent_of_latest_message(self, skip_fallback_intent: bool = True) -> str | None:
        ranked = (one.get("name") for one in self.latest_message.get("intent_ranking") or [])
        return next((name for name in ranked if not skip_fallback_intent or name != "nlu_fallback"), None)

    def get_latest_entity_values(
        self, entity_type: str, entity_role: str | None = None, entity_group: str | None = None
    ) -> Iterator[Any]:
        return (
            found.get("value")
            for found in self.latest_message.get("entities") or []
            if found.get("entity") == entity_type
            and found.get("role") == entity_role
            and found.get("group") == entity_group
        )

    def get_latest_input_channel(self) -> str | None:
        return self.latest_input_channel

    def is_paused(self) -> bool:
        return self.paused


class Dispatcher:
    """Collects what an action says."""

    def __init__(self) -> None:
        self.messages: list[JsonObject] = []

    def utter_message(
        self,
        text: str | None = None,
        image: str | None = None,
        json_message: JsonObject | None = None,
        template: str | None = None,
        response: str | None = None,
        attachment: str | None = None,
        buttons: list[JsonObject] | None = None,
        elements: list[JsonObject] | None = None,
        **kwargs: Any,
    ) -> None:
        """`response` names one of the domain's; other keywords fill its placeholders."""
        said = {
            "text": text,
            "image": image,
            "custom": json_message,
            "response": response or template,
            "attachment": attachment,
            "buttons": buttons,
            "elements": elements,
        }
        self.messages.append({**said, **kwargs})
