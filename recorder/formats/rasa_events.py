"""Rasa's event JSON (formats.md §1): one object, one event; every generation from 0.9 on.

What is the same both ways, and what is levelled:

- A key that is missing and a key that is null say the same; `to_rasa` writes null, and leaves out
  yes-or-no keys and `metadata`, which older versions do not have.
- `form` and `form_validation` (0.12 to 1.x) become `active_loop` and `loop_interrupted`.
- `timestamp` (seconds) is kept to the microsecond, as Rasa writes it.
- `sender_id`, which brokers add, is the session's and not the event's: it is dropped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from reprlib import repr as brief
from typing import Any, Final, NamedTuple

from recorder.errors import NotationError
from recorder.events import session
from recorder.events.event import JsonObject, declared, defaults
from recorder.events.session import Opaque, SessionEvent
from recorder.formats.field_kinds import misfit

RASA_EVENTS: Final[dict[str, type[SessionEvent]]] = {
    kind.type: kind
    for kind in (
        session.UserUttered,
        session.BotUttered,
        session.ActionExecuted,
        session.SlotSet,
        session.EntitiesAdded,
        session.UserFeaturized,
        session.SessionStarted,
        session.Restarted,
        session.UserUtteranceReverted,
        session.ActionReverted,
        session.AllSlotsReset,
        session.ActiveLoop,
        session.LoopInterrupted,
        session.ActionExecutionRejected,
        session.FollowupAction,
        session.ConversationPaused,
        session.ConversationResumed,
        session.AgentUttered,
        session.ReminderScheduled,
        session.ReminderCancelled,
        session.StoryExported,
    )
}
"""Rasa's tag -> our class; the fields of the class are the keys of the object."""

_FIELDS: Final = {
    kind: {name: defaults(kind).get(name) for name in kind.__struct_fields__ if name != "extra"}
    for kind in RASA_EVENTS.values()
}
_WRITTEN: Final[tuple[type[SessionEvent], ...]] = (*RASA_EVENTS.values(), session.SessionRecorded)
_OPTIONAL: Final = {
    kind: frozenset(name for name, of in declared(kind).items() if name == "metadata" or of == "bool | None")
    for kind in _WRITTEN
}
_PICKLED_TAGS: Final = {kind.__name__: tag for tag, kind in RASA_EVENTS.items()} | {
    "Form": "form",
    "FormValidation": "form_validation",
}
_PICKLED_KEYS: Final = {"action_name": "name", "key": "name"}


class RasaEvent(NamedTuple):
    """One object, read."""

    event: SessionEvent
    occurred_at: datetime | None
    """UTC; None where the object has no time."""
    problem: str | None = None
    """Why an event of a known kind was kept as `Opaque`; None for all others."""


def from_rasa(raw: JsonObject) -> RasaEvent:
    """The event that an object stands for.

    A kind that is not known is kept whole as `Opaque`, and so is a known one with a value of the
    wrong kind in it, with the reason in `problem`.

    Raises:
        NotationError: it is no event at all: it has no `event`.
    """
    data = _unpickled(raw) if "event" not in raw and "py/object" in raw else dict(raw)
    data.pop("sender_id", None)
    kind = data.get("event")
    if not isinstance(kind, str) or not kind:
        raise NotationError("not an event: it has no `event` that names its kind")
    try:
        occurred_at = _time(data.get("timestamp"))
        return RasaEvent(_known(kind, data), occurred_at)
    except NotationError as error:
        return RasaEvent(Opaque(kind, data), None, f"{kind} kept as opaque: {error}")


def to_rasa(event: SessionEvent, occurred_at: datetime | None) -> JsonObject:
    """The object that Rasa would write for the event; an `Opaque` gives back what it holds."""
    timestamp = None if occurred_at is None else occurred_at.timestamp()
    if isinstance(event, Opaque):
        return {"event": event.kind, "timestamp": timestamp, **event.data}
    said: JsonObject = {"event": event.type, "timestamp": timestamp}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name != "extra" and (value is not None or name not in _OPTIONAL[type(event)]):
            said[name] = list(value) if isinstance(value, tuple) else value
    return said | event.extra


def _known(kind: str, data: JsonObject) -> SessionEvent:
    if kind not in RASA_EVENTS and kind not in ("form", "form_validation"):
        return Opaque(kind, data)
    rest = _modern({key: value for key, value in data.items() if key not in ("event", "timestamp")}, kind)
    event_class = RASA_EVENTS[_MODERN.get(kind, kind)]
    values = {name: _value(rest.pop(name, None), default) for name, default in _FIELDS[event_class].items()}
    event = event_class(**values, extra=rest)
    if wrong := misfit(event):
        raise NotationError(f"its `{wrong}` is {brief(values[wrong])}")
    if isinstance(event, session.ActionExecuted) and event.name is None and event.action_text is None:
        raise NotationError("it has neither `name` nor `action_text`")
    return event


_MODERN: Final = {"form": "active_loop", "form_validation": "loop_interrupted"}


def _modern(data: JsonObject, kind: str) -> JsonObject:
    if kind == "form_validation":
        validate = data.pop("validate", True)
        data["is_interrupted"] = not validate if isinstance(validate, bool) else validate
    return data


def _value(value: Any, default: Any) -> Any:
    """What the class is given: its default for null, a tuple for a list where it holds one."""
    if value is None:
        return dict(default) if isinstance(default, dict) else default
    return tuple(value) if isinstance(value, list) and isinstance(default, tuple) else value


def _time(timestamp: Any) -> datetime | None:
    if timestamp is None:
        return None
    if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        raise NotationError(f"its `timestamp` is {brief(timestamp)}, not seconds")
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotationError(f"its `timestamp` is {brief(timestamp)}, which is no time") from None


def _unpickled(raw: JsonObject) -> JsonObject:
    """An event of the oldest dumps, which name the Python class and use its attributes as keys."""
    name = str(raw["py/object"]).rpartition(".")[2]
    data = {_PICKLED_KEYS.get(key, key): value for key, value in raw.items() if key != "py/object"}
    return {"event": _PICKLED_TAGS.get(name, name), **data}
