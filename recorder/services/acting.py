"""What an action brings about: one that every bot has, a response, a form, or code of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from recorder.actions.local import Outcome
from recorder.dialogue import forms, responses, turns
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionRejected, NotationError
from recorder.events.event import Event, JsonObject
from recorder.events.session import BotUttered, Opaque, SessionEvent
from recorder.formats.rasa_events import from_rasa


class Actions(Protocol):
    """The custom actions at hand, wherever they run."""

    def __contains__(self, name: object) -> bool: ...
    def run(
        self,
        name: str,
        session: str,
        state: Tracker,
        *,
        domain: Domain,
        events: Callable[[], list[JsonObject]] = list,
    ) -> Outcome:
        """Raises ActionFailed, ActionRejected."""
        ...


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


APOLOGY: Final = "Sorry, something went wrong on my side."


def effects(name: str, scene: Scene) -> Sequence[Event]:
    """What the action brings about, in order.

    Raises:
        ActionRejected: it declines; another one may answer.
        ActionFailed: it is defined nowhere, or its code failed.
    """
    if name in turns.BUILT_IN:
        return turns.BUILT_IN[name]
    if said := _response(name, {}, scene):
        return [said]
    if scene.domain.is_form(name) and name not in scene.actions:
        return _fill(name, scene)
    return _custom(name, scene)


def failure(error: ActionFailed) -> list[Event]:
    """What stands in the log in place of what the action should have brought about."""
    details = {"event": "action_failed", "name": error.action, "reason": error.reason}
    return [Opaque("action_failed", details), BotUttered(APOLOGY)]


def _custom(name: str, scene: Scene) -> list[Event]:
    run = scene.actions.run(name, scene.session, scene.tracker, domain=scene.domain, events=scene.events)
    spoken = [_spoken(name, message, scene) for message in run.messages]
    return [*spoken, *(returned(name, event) for event in run.events)]


def _fill(form: str, scene: Scene) -> list[Event]:
    """Run a form; what asks for a slot is a response or a custom action."""
    if forms.declines(scene.domain, scene.tracker, form):
        raise ActionRejected(form)
    events = forms.run(scene.domain, scene.tracker, form)
    slot = forms.next_slot(scene.domain, scene.tracker, form)
    for name in forms.questions(form, slot) if slot else ():
        if said := _response(name, {}, scene):
            return [*events, said]
        if name in scene.actions:
            return [*events, *_custom(name, scene)]
    return events


def _spoken(action: str, message: JsonObject, scene: Scene) -> BotUttered:
    """What an action said; it may name a response of the domain and add to it."""
    name = message.pop("response", None)
    if name is None:
        return BotUttered(message.pop("text", None), message)
    said = _response(str(name), message, scene)
    if said is None:
        raise ActionFailed(action, f"the domain has no response {name}")
    more: JsonObject = {key: message[key] for key in responses.RICH if key in message}
    return replace(said, text=message.get("text", said.text), data={**said.data, **more})


def _response(name: str, values: JsonObject, scene: Scene) -> BotUttered | None:
    if name not in scene.domain.responses:
        return None
    slots = {**scene.tracker.slots, **values}
    return responses.say(scene.domain, name, slots, turn=scene.times_said(name))


def returned(action: str, event: JsonObject) -> SessionEvent:
    """An event that an action gave back; raises ActionFailed where it is none."""
    try:
        read = from_rasa(event)
    except NotationError as error:
        raise ActionFailed(action, str(error)) from None
    if read.problem:
        raise ActionFailed(action, read.problem)
    return read.event
