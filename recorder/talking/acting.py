"""What an action brings about: one that every bot has, a response, a form, or code of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from recorder.actions.anywhere import Actions
from recorder.dialogue import fallback, forms, responses, slots, turns
from recorder.dialogue.domain import (
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN,
    ACTION_SESSION_START,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_ACTIONS,
    Domain,
)
from recorder.dialogue.tracker import Tracker, evolve_all
from recorder.errors import ActionFailed, ActionRejected, NotationError
from recorder.events.event import Event, JsonObject, changed
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Opaque,
    SessionEvent,
    SessionStarted,
    SlotSet,
)
from recorder.formats.rasa_events import from_rasa, to_rasa


@dataclass(frozen=True, slots=True)
class Scene:
    """What an action finds."""

    session: str
    domain: Domain
    tracker: Tracker
    actions: Actions
    times_said: Callable[[str], int]
    """How often a response was given in this session."""
    events: Callable[[], list[JsonObject]]
    """The session as Rasa writes it; called only for an action that looks."""

    def after(self, events: Sequence[Event]) -> Scene:
        """As if these events had happened, too."""
        if not events:
            return self
        said = [(e.metadata or {}).get("utter_action") for e in events if isinstance(e, BotUttered)]
        more = [to_rasa(event, None) for event in events if isinstance(event, SessionEvent)]
        return replace(
            self,
            tracker=evolve_all(self.tracker, events),
            times_said=lambda response: self.times_said(response) + said.count(response),
            events=lambda: [*self.events(), *more],
        )


APOLOGY: Final = "Sorry, something went wrong on my side."


def effects(name: str, scene: Scene) -> Sequence[Event]:
    """What the action brings about, in order.

    Raises:
        ActionRejected: it declines; another one may answer.
        ActionFailed: it is defined nowhere, or its code failed.
    """
    if name in DEFAULT_ACTIONS and not _is_own(name, scene):
        return _default(name, scene)
    if said := _response(name, {}, scene):
        return [said]
    if scene.domain.is_form(name) and not _is_own(name, scene):
        return forms.run(scene.domain, scene.tracker, name, partial(_do, scene))
    return _custom(name, scene)


def failure(error: ActionFailed) -> list[Event]:
    """What stands in the log in place of what the action should have brought about."""
    return [failed(error), BotUttered(APOLOGY)]


def opening(
    scene: Scene, latest: datetime | None, now: datetime, metadata: JsonObject | None = None
) -> list[Event]:
    """What must come before the next message, as in `turns.opening`; a domain may redefine session starts."""
    usual = turns.opening(scene.domain, scene.tracker, latest, now, metadata)
    starts = any(isinstance(event, SessionStarted) for event in usual)
    if not (starts and _is_own(ACTION_SESSION_START, scene)):
        return usual
    try:
        own = _custom(ACTION_SESSION_START, scene)
    except (ActionFailed, ActionRejected) as error:
        return [*usual, *_remembered(error)]
    begun: list[Event] = [turns.by_default(ACTION_SESSION_START), *own]
    waits = any(isinstance(event, ActionExecuted) and event.name == ACTION_LISTEN for event in own)
    return begun if waits else [*begun, turns.by_default(ACTION_LISTEN)]


def understood(scene: Scene, filled: Sequence[SlotSet]) -> list[Event]:
    """What code of the user's makes of the latest message: custom mappings, and a check of what was filled.

    A failure is part of what is returned: the conversation goes on without what failed.

    Args:
        scene: after the message, and after what it fills by itself.
        filled: what that was.
    """
    message = scene.tracker.latest_message
    if message is None:
        return []
    events: list[Event] = []
    for name in slots.custom(scene.domain, scene.tracker, message):
        events += _filled_by(name, scene.after(events))
    if _is_own(ACTION_VALIDATE_SLOT_MAPPINGS, scene):
        # It takes the latest slot events for what is to be checked.
        found = [event for event in events if isinstance(event, SlotSet)]
        events += _filled_by(ACTION_VALIDATE_SLOT_MAPPINGS, scene.after([*events, *filled, *found]))
    return events


def _filled_by(name: str, scene: Scene) -> list[Event]:
    try:
        events = _custom(name, scene)
    except (ActionFailed, ActionRejected) as error:
        return _remembered(error)
    return [event for event in events if isinstance(event, SlotSet | BotUttered)]


def _remembered(error: ActionFailed | ActionRejected) -> list[Event]:
    return [failed(error)] if isinstance(error, ActionFailed) else []


def failed(error: ActionFailed) -> Opaque:
    """The note that an action failed, and why; it counts for nothing."""
    return Opaque("action_failed", {"event": "action_failed", "name": error.action, "reason": error.reason})


def _is_own(name: str, scene: Scene) -> bool:
    """Whether code of the user's does it, as the domain says: forms and default actions may be redefined.

    Before Rasa 2, a form was an action by being listed as a form.
    """
    form = scene.domain.form(name)
    listed = name in scene.domain.actions or (form is not None and not form.required_slots)
    return listed and name in scene.actions


def _default(name: str, scene: Scene) -> list[Event]:
    if name == ACTION_TWO_STAGE_FALLBACK:
        return fallback.two_stage(scene.tracker, partial(_do, scene))
    if name == ACTION_EXTRACT_SLOTS:
        return _extracted(scene)
    said = _response(turns.SAYS.get(name, name), {}, scene)
    return [*([said] if said else []), *turns.brought_about(name, scene.domain, scene.tracker)]


def _do(scene: Scene, name: str, events: Sequence[Event]) -> list[Event] | None:
    """An action within another one; None: there is no such."""
    later = scene.after(events)
    is_known = name in DEFAULT_ACTIONS or name in scene.domain.responses or _is_own(name, scene)
    return [*effects(name, later)] if is_known else None


def _extracted(scene: Scene) -> list[Event]:
    """What the latest message fills now; what it fills as a trigger, when a form has just begun."""
    message = scene.tracker.latest_message
    if message is None:
        return []
    begins = isinstance(scene.tracker.event, ActiveLoop)
    found = slots.fill(scene.domain, scene.tracker, message, starts=begins)
    filled = [event for event in found if scene.tracker.slots.get(event.name) != event.value]
    return [*filled, *understood(scene.after(filled), filled)]


def _custom(name: str, scene: Scene) -> list[Event]:
    run = scene.actions.run(name, scene.session, scene.tracker, domain=scene.domain, events=scene.events)
    events: list[Event] = []
    for message in run.messages:
        events.append(_spoken(name, message, scene.after(events)))
    return [*events, *(returned(name, event) for event in run.events)]


def _spoken(action: str, message: JsonObject, scene: Scene) -> BotUttered:
    """What an action said; it may name a response of the domain and add to it."""
    shown = {key: message[key] for key in responses.RICH if message.get(key)}
    rest = {k: v for k, v in message.items() if k not in ("text", "response", *responses.RICH)}
    if (name := message.get("response")) is None:
        return BotUttered(message.get("text"), shown, metadata=rest or None)
    said = _response(str(name), message, scene)
    if said is None:
        raise ActionFailed(action, f"the domain has no response {name}")
    if "buttons" in said.data and "buttons" in shown:
        shown["buttons"] = [*said.data["buttons"], *shown["buttons"]]
    return changed(said, text=message.get("text", said.text), data={**said.data, **shown})


def _response(name: str, values: JsonObject, scene: Scene) -> BotUttered | None:
    if name not in scene.domain.responses:
        return None
    message = scene.tracker.latest_message
    return responses.say(
        scene.domain,
        name,
        {**scene.tracker.slots, **values},
        turn=scene.times_said(name),
        channel=message.input_channel if message else None,
    )


def returned(action: str, event: JsonObject) -> SessionEvent:
    """An event that an action gave back; raises ActionFailed where it is none."""
    try:
        read = from_rasa(event)
    except NotationError as error:
        raise ActionFailed(action, str(error)) from None
    if read.problem:
        raise ActionFailed(action, read.problem)
    return read.event
