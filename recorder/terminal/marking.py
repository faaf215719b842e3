"""The entities of a message, marked in its text as in training data: `to [Berlin](city)`."""

from __future__ import annotations

from dataclasses import replace

from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError
from recorder.events.event import JsonObject
from recorder.events.session import UserUttered
from recorder.formats import annotated_text


def marked_text(message: UserUttered) -> str | None:
    """The message with its entities marked; None where it cannot be: it is structured, or looks marked."""
    if message.text is None or message.text.startswith("/"):
        return None
    spans = [span for entity in message.entities if (span := _span(entity, message.text))]
    try:
        return annotated_text.render(message.text, dict.fromkeys(spans))
    except NotationError:
        return None


def read(text: str, said: str) -> tuple[JsonObject, ...] | str:
    """The entities that were marked in a message, or why it cannot be read like that.

    Args:
        text: what the user said.
        said: the same with marks; white space at its ends does not count.
    """
    read = annotated_text.parse(said)
    if read.problems:
        return read.problems[0]
    if read.text != text.strip():
        return f"Without its marks this is {read.text!r}; the user said {text!r}"
    ahead = len(text) - len(text.lstrip())
    return tuple(_as_json(_moved(span, ahead)) for span in read.entities)


def _span(entity: JsonObject, text: str) -> EntitySpan | None:
    start, end = entity.get("start"), entity.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        return None
    value, role, group = (entity.get(key) for key in ("value", "role", "group"))
    return EntitySpan(start, end, str(entity["entity"]), str(value), role, group)


def _moved(span: EntitySpan, by: int) -> EntitySpan:
    return replace(span, start=span.start + by, end=span.end + by)


def _as_json(span: EntitySpan) -> JsonObject:
    found = {name: getattr(span, name) for name in ("entity", "value", "start", "end", "role", "group")}
    return {name: value for name, value in found.items() if value is not None}
