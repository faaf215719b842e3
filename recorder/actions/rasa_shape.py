"""What an action gets to see, in the shape that `rasa_sdk` gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.events.event import JsonObject


class ActionTracker:
    """The state of a session as `run(dispatcher, tracker, domain)` reads it.

    Everything is a copy: what an action does to it stays with the action.
    """

    def __init__(self, session: str, state: Tracker, events: Callable[[], list[JsonObject]]) -> None:
        message = state.latest_message
        self.sender_id = session
        self.slots: dict[str, Any] = deepcopy(dict(state.slots))
        self.latest_message: JsonObject = {
            "intent": {"name": None, "confidence": 0.0},
            "entities": [],
            "text": None,
        }
        if message is not None:
            self.latest_message |= {**deepcopy(message.parse_data), "text": message.text}
        self.latest_action_name = state.latest_action
        self.latest_input_channel = message.input_channel if message else None
        self.active_loop: JsonObject = {"name": state.active_loop} if state.active_loop else {}
        self.followup_action = state.followup
        self.paused = state.paused
        self._events = events

    @property
    def events(self) -> list[JsonObject]:
        """The whole session as Rasa writes it; made only when an action asks."""
        return self._events()

    def get_slot(self, key: str) -> Any:
        return self.slots.get(key)

    def current_slot_values(self) -> dict[str, Any]:
        return self.slots

    def get_intent_of_latest_message(self, skip_fallback_intent: bool = True) -> str | None:
        name = (self.latest_message.get("intent") or {}).get("name")
        return None if skip_fallback_intent and name == "nlu_fallback" else name

    def get_latest_entity_values(
        self, entity_type: str, entity_role: str | None = None, entity_group: str | None = None
    ) -> Iterator[Any]:
        return (
            found.get("value")
            for found in self.latest_message.get("entities") or []
            if found.get("entity") == entity_type
            and (entity_role is None or found.get("role") == entity_role)
            and (entity_group is None or found.get("group") == entity_group)
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
        self.messages.append({**kwargs, **{key: value for key, value in said.items() if value}})


def as_rasa(domain: Domain) -> JsonObject:
    """What actions commonly ask of a domain, as Rasa passes it."""
    return {
        "intents": list(domain.intent_names),
        "entities": [entity.name for entity in domain.entities],
        "slots": {
            slot.name: {"type": slot.type, "initial_value": slot.initial_value, "values": list(slot.values)}
            for slot in domain.slots
        },
        "responses": {name: [dict(one) for one in said] for name, said in domain.responses.items()},
        "actions": list(domain.actions),
        "forms": {form.name: {"required_slots": list(form.required_slots)} for form in domain.forms},
    }
