"""A decision as a screen sends it and shows it: one flat JSON object with its id and its type.

What the annotator had seen of the model (`shown`) is told to a screen and never taken from one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import asdict

from recorder.errors import InvalidDecision
from recorder.events import review
from recorder.events.codec import EVENT_TYPES
from recorder.events.event import Event, JsonObject, declared
from recorder.review.visibility import Choice

LONGEST_ID: Final = 64
LONGEST_TEXT: Final = 20_000
"""Characters of a name, a note or a response."""

CHOICE: Final = "step_answered"
"""Type of a `Choice`, which is no event: the server spells it out as decisions."""

_SERVERS: Final = "shown"
"""The field that a screen does not send."""
_KINDS: Final = {name: kind for name, kind in EVENT_TYPES.items() if kind.__module__ == review.__name__}


def to_json(decision_id: str, event: Event) -> JsonObject:
    """`id`, `type` and the event's own fields; without `shown` where that is not known."""
    told = {"id": decision_id, "type": event.type, **asdict(event)}
    return told if told.get(_SERVERS) != "" else {n: v for n, v in told.items() if n != _SERVERS}


def from_json(sent: object) -> tuple[str, Event | Choice]:
    """Id and event of what a screen sent, or its choice at a blind step; unknown keys are ignored.

    Raises:
        InvalidDecision: not an object, an unknown type, a missing field, a wrong value.
    """
    if not isinstance(sent, dict):
        raise InvalidDecision("A decision is a JSON object.")
    decision_id, kind = sent.get("id"), str(sent.get("type"))
    if not isinstance(decision_id, str) or not 0 < len(decision_id) <= LONGEST_ID:
        raise InvalidDecision(f"A decision needs an id of 1 to {LONGEST_ID} characters.")
    if kind == CHOICE:
        return decision_id, _choice(sent)
    if kind not in _KINDS:
        raise InvalidDecision(f"There is no decision of type {sent.get('type')!r}.")
    fields = {name: of for name, of in declared(_KINDS[kind]).items() if name != _SERVERS}
    return decision_id, _KINDS[kind](**{name: _field(kind, name, of, sent) for name, of in fields.items()})


def _choice(sent: JsonObject) -> Choice:
    """`intent`, `entities` and `action` only where the step asks for them."""
    fields = {"step": "str", "made_on": "int"}
    more = {"intent": "str", "entities": "tuple[JsonObject, ...]", "action": "str"}
    fields |= {name: of for name, of in more.items() if sent.get(name) is not None}
    return Choice(**{name: _field(CHOICE, name, of, sent) for name, of in fields.items()})


def _field(kind: str, name: str, declared: str, sent: JsonObject) -> Any:
    if name not in sent:
        raise InvalidDecision(f"A decision {kind!r} needs {name!r}.")
    read = _READERS.get(declared)
    try:
        return read(sent[name]) if read else sent[name]
    except (TypeError, ValueError) as error:
        raise InvalidDecision(f"{name!r} of a decision {kind!r} {error}.") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"is a text of at most {LONGEST_TEXT} characters")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("is a number from 0")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("is a list of texts")
    return tuple(_text(item) for item in value)


def _entities(value: object) -> tuple[JsonObject, ...]:
    if not isinstance(value, list):
        raise ValueError("is a list of entities")
    return tuple(_entity(item) for item in value)


def _entity(value: object) -> JsonObject:
    if not isinstance(value, dict) or not isinstance(value.get("entity"), str) or "value" not in value:
        raise ValueError("holds entities with 'entity' and 'value'")
    if not value["entity"].strip():
        raise ValueError("holds an entity without a name")
    start, end = value.get("start"), value.get("end")
    if (start, end) != (None, None) and not (_count(start) < _count(end)):
        raise ValueError("holds an entity that starts after its end")
    return {
        key: value[key]
        for key in ("entity", "value", "start", "end", "role", "group")
        if value.get(key) is not None or key == "value"
    }


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "str": _text,
    "int": _count,
    "tuple[str, ...]": _texts,
    "tuple[JsonObject, ...]": _entities,
}
