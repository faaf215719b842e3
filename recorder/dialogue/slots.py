"""How a message fills slots: the mappings of the domain, as Rasa 3 applies them.

The first mapping of a slot that applies and finds something fills it. A mapping applies everywhere unless
it names intents or conditions; what only code of the user's can find is named by `custom`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from recorder.dialogue.domain import DEFAULT_SLOTS, Domain, Slot, SlotMapping
from recorder.dialogue.tracker import Tracker
from recorder.events.session import SlotSet, UserUttered

REQUESTED_SLOT: Final = "requested_slot"
FROM_ENTITY: Final = "from_entity"
FROM_TRIGGER_INTENT: Final = "from_trigger_intent"
CUSTOM: Final = "custom"
KINDS: Final = (FROM_ENTITY, "from_text", "from_intent", FROM_TRIGGER_INTENT, CUSTOM)


def fill(domain: Domain, tracker: Tracker, message: UserUttered, *, starts: bool = False) -> list[SlotSet]:
    """The slots that `message` fills, in the domain's order; a value that a slot has already is set again.

    Args:
        tracker: the state before the message, or after it (its active loop and requested slot matter).
        starts: the message has just made the active loop begin, so that its intent is a trigger.
    """
    found = ((slot.name, _value(slot, domain, tracker, message, starts)) for slot in domain.slots)
    return [SlotSet(name, value) for name, value in found if value is not None]


def custom(domain: Domain, tracker: Tracker, message: UserUttered) -> list[str]:
    """The actions that may fill further slots from `message`, each once, in the domain's order."""
    named = (
        mapping.action
        for slot in domain.slots
        if slot.name not in DEFAULT_SLOTS and any(map(_names_action, slot.mappings))
        for mapping in _reached(slot, domain, tracker, message)
        if _names_action(mapping)
    )
    return [action for action in dict.fromkeys(named) if action]


def _names_action(mapping: SlotMapping) -> bool:
    return mapping.kind == CUSTOM and mapping.action is not None


def _reached(slot: Slot, domain: Domain, tracker: Tracker, message: UserUttered) -> Iterator[SlotMapping]:
    """The mappings that apply, up to the first that fills the slot."""
    for mapping in slot.mappings:
        if _applies(mapping, slot, domain, tracker, message):
            yield mapping
            if _finds(mapping, slot, domain, tracker, message):
                return


def _value(slot: Slot, domain: Domain, tracker: Tracker, message: UserUttered, starts: bool) -> Any:
    """None: nothing fills the slot."""
    if slot.name in DEFAULT_SLOTS:
        return None
    if slot.auto_fill and not slot.mappings:
        return _shaped(slot, [e.get("value") for e in message.entities if e.get("entity") == slot.name])
    for mapping in slot.mappings:
        if mapping.kind == FROM_TRIGGER_INTENT and not starts:
            continue
        applies = _applies(mapping, slot, domain, tracker, message)
        if applies and (found := _finds(mapping, slot, domain, tracker, message)):
            return _shaped(slot, found)
    return None


def _shaped(slot: Slot, found: Sequence[Any]) -> Any:
    if not found:
        return None
    return list(found) if slot.type == "list" else found[-1]


def _applies(
    mapping: SlotMapping, slot: Slot, domain: Domain, tracker: Tracker, message: UserUttered
) -> bool:
    wanted = _wants_intent(mapping, domain, tracker, message.intent)
    return wanted and _conditions_hold(mapping, slot, tracker)


def _finds(
    mapping: SlotMapping, slot: Slot, domain: Domain, tracker: Tracker, message: UserUttered
) -> Sequence[Any]:
    """What a mapping that applies finds for the slot."""
    found = _candidates(mapping, message)
    return [] if found and _is_ambiguous(mapping, slot, domain, tracker) else found


def _wants_intent(mapping: SlotMapping, domain: Domain, tracker: Tracker, intent: str | None) -> bool:
    """An intent that is asked for counts even where the active form ignores it."""
    if mapping.intents:
        return intent in mapping.intents
    return intent not in mapping.not_intents and not (
        _concerns_active_loop(mapping, tracker) and intent in _ignored_intents(domain, tracker.active_loop)
    )


def _concerns_active_loop(mapping: SlotMapping, tracker: Tracker) -> bool:
    return not mapping.conditions or any(loop == tracker.active_loop for loop, _ in mapping.conditions)


def _ignored_intents(domain: Domain, loop: str | None) -> tuple[str, ...]:
    form = None if loop is None else domain.form(loop)
    return form.ignored_intents if form else ()


def _conditions_hold(mapping: SlotMapping, slot: Slot, tracker: Tracker) -> bool:
    if not mapping.conditions:
        return True
    if mapping.kind == FROM_TRIGGER_INTENT:  # nothing has been asked for yet
        return _concerns_active_loop(mapping, tracker)
    requested = tracker.slots.get(REQUESTED_SLOT)
    if tracker.loop_rejected and requested == slot.name:
        return False
    return any(
        loop == tracker.active_loop and (loop is None or asked is None or asked == requested)
        for loop, asked in mapping.conditions
    )


def _is_ambiguous(mapping: SlotMapping, slot: Slot, domain: Domain, tracker: Tracker) -> bool:
    """Whether an entity could fill several slots of the active form alike, and this one was not asked for."""
    if mapping.kind != FROM_ENTITY or tracker.active_loop is None:
        return False
    form = domain.form(tracker.active_loop)
    if form is None or slot.name not in form.required_slots:
        return False
    if tracker.slots.get(REQUESTED_SLOT) == slot.name:
        return False
    rivals = (other for other in domain.slots if other.name in form.required_slots)
    return sum(other.mappings.count(mapping) for other in rivals) > 1


def _candidates(mapping: SlotMapping, message: UserUttered) -> Sequence[Any]:
    match mapping.kind:
        case "from_entity":
            return _entity_values(mapping, message)
        case "from_text":
            return [message.text] if message.text else []
        case "from_intent" | "from_trigger_intent":
            return [] if mapping.value is None else [mapping.value]
        case _:
            return []


def _entity_values(mapping: SlotMapping, message: UserUttered) -> list[Any]:
    """The values of fitting entities; one of them must have just the mapping's role and group, if any."""
    named = [found for found in message.entities if found.get("entity") == mapping.entity]
    if not any((e.get("role"), e.get("group")) == (mapping.role, mapping.group) for e in named):
        return []
    return [
        found["value"]
        for found in named
        if mapping.role in (None, found.get("role"))
        and mapping.group in (None, found.get("group"))
        and found.get("value") is not None
    ]
