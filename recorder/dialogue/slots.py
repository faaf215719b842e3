"""How a message fills slots: the mappings of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.dialogue.domain import Domain, Slot, SlotMapping
from recorder.dialogue.tracker import Tracker
from recorder.events.session import SlotSet, UserUttered


def fill(domain: Domain, tracker: Tracker, message: UserUttered) -> list[SlotSet]:
    """The slots that `message` fills, in the domain's order.

    Args:
        tracker: the state before the message (its active loop and requested slot matter).
    """
    filled = []
    for slot in domain.slots:
        found, value = _value(slot, domain, tracker, message)
        if found:
            filled.append(SlotSet(slot.name, value))
    return filled


def _value(slot: Slot, domain: Domain, tracker: Tracker, message: UserUttered) -> tuple[bool, Any]:
    mappings = slot.mappings or ((SlotMapping("from_entity", entity=slot.name),) if slot.auto_fill else ())
    for mapping in mappings:
        if not _applies(mapping, domain, tracker, message):
            continue
        values = _candidates(mapping, message)
        if values:
            return True, values if slot.type == "list" else values[-1]
    return False, None


def _applies(mapping: SlotMapping, domain: Domain, tracker: Tracker, message: UserUttered) -> bool:
    if mapping.intents and message.intent not in mapping.intents:
        return False
    if message.intent in mapping.not_intents:
        return False
    if _ignored_by_form(domain, tracker, message):
        return False
    requested = tracker.slots.get("requested_slot")
    return not mapping.conditions or any(
        loop == tracker.active_loop and (slot is None or slot == requested)
        for loop, slot in mapping.conditions
    )


def _ignored_by_form(domain: Domain, tracker: Tracker, message: UserUttered) -> bool:
    form = next((form for form in domain.forms if form.name == tracker.active_loop), None)
    return form is not None and message.intent in form.ignored_intents


def _candidates(mapping: SlotMapping, message: UserUttered) -> Sequence[Any]:
    match mapping.kind:
        case "from_entity":
            return [e.get("value") for e in message.entities if _matches(mapping, e)]
        case "from_text":
            return [message.text] if message.text else []
        case "from_intent":
            return [mapping.value]
        case "from_trigger_intent":
            return [mapping.value] if message.intent in mapping.intents else []
        case _:
            return []


def _matches(mapping: SlotMapping, entity: dict[str, Any]) -> bool:
    return (
        entity.get("entity") == mapping.entity
        and (mapping.role is None or entity.get("role") == mapping.role)
        and (mapping.group is None or entity.get("group") == mapping.group)
    )
