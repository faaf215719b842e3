"""A form: it asks for its slots one after the other until all of them are filled."""

from __future__ import annotations

from typing import Final

from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.events.event import Event
from recorder.events.session import ActiveLoop, SlotSet, UserUttered

REQUESTED_SLOT: Final = "requested_slot"


def next_slot(domain: Domain, tracker: Tracker, form: str) -> str | None:
    """The slot that the form asks for next; None: all are filled."""
    slots = next((each.required_slots for each in domain.forms if each.name == form), ())
    return next((slot for slot in slots if tracker.slots.get(slot) is None), None)


def run(domain: Domain, tracker: Tracker, form: str) -> list[Event]:
    """What running the form brings about: it begins, asks for the next slot, ends."""
    slot = next_slot(domain, tracker, form)
    begins: list[Event] = [] if tracker.active_loop == form else [ActiveLoop(form)]
    ends: list[Event] = [ActiveLoop(None)] if slot is None else []
    return [*begins, SlotSet(REQUESTED_SLOT, slot), *ends]


def questions(form: str, slot: str) -> tuple[str, ...]:
    """Names of what may ask for a slot, the most special first."""
    return tuple(f"{kind}_ask_{name}" for name in (f"{form}_{slot}", slot) for kind in ("action", "utter"))


def declines(domain: Domain, tracker: Tracker, form: str) -> bool:
    """Whether the latest message gave the active form nothing, so that another action should answer."""
    if tracker.active_loop != form or tracker.slots.get(REQUESTED_SLOT) is None:
        return False
    slots = next((each.required_slots for each in domain.forms if each.name == form), ())
    for state in tracker.backwards():
        match state.event:
            case UserUttered():
                return True
            case SlotSet(name=name) if name in slots:
                return False
    return False
