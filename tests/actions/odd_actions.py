"""Actions made of rasa_sdk's classes, for a server and for this process."""
# mypy: allow-subclassing-any

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker, ValidationAction
from rasa_sdk.events import AllSlotsReset, FollowupAction, ReminderScheduled, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

Events = list[dict[str, Any]]


class Look(Action):
    """Gives back what it sees."""

    def name(self) -> str:
        return "action_look"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        assert isinstance(dispatcher, CollectingDispatcher)
        assert isinstance(tracker, Tracker)
        tracker.slots["city"] = tracker.latest_message["text"] = "changed by the action"
        seen = {
            "sender": tracker.sender_id,
            "intent": tracker.get_intent_of_latest_message(),
            "entities": list(tracker.get_latest_entity_values("city", entity_role="to")),
            "channel": tracker.get_latest_input_channel(),
            "loop": tracker.active_loop_name,
            "requested": tracker.get_slot("requested_slot"),
            "latest action": tracker.latest_action_name,
            "events": [{**event, "timestamp": None} for event in tracker.events],
            "applied": len(tracker.applied_events()),
            "to validate": tracker.slots_to_validate(),
            "paused": tracker.is_paused(),
            "domain": domain,
        }
        return [SlotSet("seen", seen)]


class Say(Action):
    """Says something in every way that there is."""

    def name(self) -> str:
        return "action_say"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        await asyncio.sleep(0)
        dispatcher.utter_message("plain")
        dispatcher.utter_message(response="utter_ask_city", name="Ada", empty="")
        dispatcher.utter_message(
            text="rich",
            buttons=[{"title": "Yes", "payload": "/affirm"}],
            image="http://localhost/image.png",
            attachment="file",
            elements=[{"title": "one"}],
            json_message={"any": [1, None]},
        )
        reminder = ReminderScheduled("remind", datetime(2030, 1, 1))
        return [SlotSet("city", "Oslo"), AllSlotsReset(), FollowupAction("action_listen"), reminder]


class Reject(Action):
    def name(self) -> str:
        return "action_reject"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        raise ActionExecutionRejection(self.name(), "not now")


class Break(Action):
    def name(self) -> str:
        return "action_break"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message("never said")
        raise RuntimeError("the cellar is full")


class Sleep(Action):
    """Takes longer than the tests wait; the file says that it has begun."""

    def name(self) -> str:
        return "action_sleep"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        with Path("begun").open("a") as file:
            file.write("x")
        time.sleep(2)
        return []


class Deep(Action):
    """Gives back what is nested deeper than any data."""

    def name(self) -> str:
        return "action_deep"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        deep: list[Any] = []
        for _ in range(200):
            deep = [deep]
        return [SlotSet("seen", deep)]


class ValidateTrip(FormValidationAction):
    def name(self) -> str:
        return "validate_trip"

    def validate_city(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if value.lower() == "atlantis":
            dispatcher.utter_message(f"There is no {value}.")
            return {"city": None}
        return {"city": value.title()}


class ValidateMappings(ValidationAction):
    async def extract_mood(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = tracker.latest_message.get("text") or ""
        return {"mood": "good" if "!" in text else "calm"}
