"""A form: it asks for its slots one after the other until all of them are filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from recorder.dialogue.domain import ACTION_EXTRACT_SLOTS, ACTION_LISTEN, Domain
from recorder.dialogue.slots import REQUESTED_SLOT
from recorder.dialogue.tracker import Tracker, evolve_all
from recorder.errors import ActionRejected
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    SlotSet,
    UserUttered,
)

Do = Callable[[str, Sequence[Event]], list[Event] | None]
"""Runs an action, or gives a response, as if these events had happened since; None: there is no such."""


def run(domain: Domain, tracker: Tracker, form: str, do: Do) -> list[Event]:
    """What running the form brings about: it begins, has its answers checked, asks for a slot, ends.

    `validate_<form>` gets what fills the form's slots as the latest events, as in Rasa. What it gives back
    counts: other values, None for "ask again", and the slot to ask for next (None: the form is over).

    Raises:
        ActionRejected: the form had asked for a slot, and the latest message says nothing to it.
    """
    begins = tracker.active_loop != form
    events: list[Event] = _begun(form, do) if begins else []
    now = evolve_all(tracker, events)
    answers = _known(domain, now, form) if begins else _told(domain, now, form) if _hears(now) else []
    checked = _checked(form, [*events, SlotSet(REQUESTED_SLOT, _asked_for(tracker, form))], answers, do)
    if _asked_for(tracker, form) and _hears(now) and not (answers or _says_anything(checked)):
        raise ActionRejected(form)
    events += checked
    if any(isinstance(event, ActionExecutionRejected) for event in checked):
        return events
    return [*events, *_going_on(domain, evolve_all(tracker, events), form, checked, _since(events, do))]


def next_slot(domain: Domain, tracker: Tracker, form: str) -> str | None:
    """The slot that the form asks for next; None: all are filled."""
    return next((slot for slot in _required(domain, form) if tracker.slots.get(slot) is None), None)


def questions(form: str, slot: str) -> tuple[str, ...]:
    """Names of what may ask for a slot, the most special first."""
    return tuple(f"{kind}_ask_{name}" for name in (f"{form}_{slot}", slot) for kind in ("action", "utter"))


def _begun(form: str, do: Do) -> list[Event]:
    """The message that starts a form may fill slots that only the form has use for."""
    begins: list[Event] = [ActiveLoop(form)]
    return [*begins, *(do(ACTION_EXTRACT_SLOTS, begins) or ())]


def _asked_for(tracker: Tracker, form: str) -> Any:
    """The slot that this form asked for; what another one asked for does not count."""
    return tracker.slots.get(REQUESTED_SLOT) if tracker.active_loop == form else None


def _hears(tracker: Tracker) -> bool:
    """Whether the form runs in answer to a message, and not because something else was seen to before."""
    return tracker.latest_action == ACTION_LISTEN and not tracker.loop_interrupted


def _known(domain: Domain, tracker: Tracker, form: str) -> list[SlotSet]:
    """What the form need not ask for, since it was said before."""
    known = ((slot, tracker.slots.get(slot)) for slot in _required(domain, form))
    return [SlotSet(slot, value) for slot, value in known if value is not None]


def _told(domain: Domain, tracker: Tracker, form: str) -> list[SlotSet]:
    """What the latest message has filled of the form's slots, in the order of filling."""
    wanted = {*_required(domain, form), _asked_for(tracker, form)}
    names: list[str] = []
    for state in tracker.backwards():
        match state.event:
            case UserUttered():
                break
            case SlotSet(name=name) if name in wanted and name not in names:
                names.append(name)
    return [SlotSet(name, tracker.slots[name]) for name in reversed(names)]


def _checked(form: str, so_far: Sequence[Event], answers: Sequence[SlotSet], do: Do) -> list[Event]:
    """What the form's own validation says to the answers; nothing where it has none.

    The form's execution stands before the answers, so that it is seen where they begin.
    """
    return do(f"validate_{form}", [*so_far, ActionExecuted(form), *answers]) or []


def _says_anything(checked: Sequence[Event]) -> bool:
    """Whether a validation filled a slot by itself, or declined by itself, which is recorded as it is."""
    return any(
        isinstance(event, ActionExecutionRejected)
        or (isinstance(event, SlotSet) and event.name != REQUESTED_SLOT)
        for event in checked
    )


def _going_on(domain: Domain, tracker: Tracker, form: str, checked: Sequence[Event], do: Do) -> list[Event]:
    """The next question, or the end of the form."""
    wishes = [event for event in checked if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT]
    slot = wishes[-1].value if wishes else next_slot(domain, tracker, form)
    if slot is None or tracker.active_loop is None:
        return _ended(tracker, said=bool(wishes))
    requested: list[Event] = [] if wishes else [SlotSet(REQUESTED_SLOT, slot)]
    asked = (do(name, requested) for name in questions(form, slot))
    events = [*requested, *next((said for said in asked if said is not None), ())]
    after = evolve_all(tracker, events)
    over = after.active_loop is None or after.slots.get(REQUESTED_SLOT) is None
    return [*events, *(_ended(after, said=True) if over else ())]


def _ended(tracker: Tracker, *, said: bool) -> list[Event]:
    none_asked: list[Event] = [] if said else [SlotSet(REQUESTED_SLOT, None)]
    return [*none_asked, *([] if tracker.active_loop is None else [ActiveLoop(None)])]


def _since(events: Sequence[Event], do: Do) -> Do:
    return lambda name, more: do(name, [*events, *more])


def _required(domain: Domain, form: str) -> tuple[str, ...]:
    known = domain.form(form)
    return known.required_slots if known else ()
