"""NLU data in JSON, as Rasa NLU had it first: `{"rasa_nlu_data": {"common_examples": […], …}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from recorder.dialogue.nlu import EntitySpan, Example
from recorder.errors import NotationError
from recorder.events.event import JsonObject
from recorder.formats import json_places
from recorder.formats.nlu_file import ByIntent, NluFile, NluGathering
from recorder.formats.problems import Findings

_DATA: Final = "rasa_nlu_data"
_EXAMPLES: Final = "common_examples"
_FIRST_KEY: Final = re.compile(r"\{\s*\n([ \t]*)")


def loads(text: str, name: str = "") -> NluFile | None:
    """Read a text; None where it is JSON of another kind. Raises NotationError where it is no JSON."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotationError(f"not JSON: {error.msg}", file=name, line=error.lineno) from None
    content = data.get(_DATA) if isinstance(data, dict) else None
    return _read(content, NluGathering(Findings(name))) if isinstance(content, dict) else None


def _read(content: dict[str, Any], data: NluGathering) -> NluFile:
    for raw in _objects(content, _EXAMPLES, data):
        _example(raw, data)
    for raw in _objects(content, "entity_synonyms", data):
        for text in _texts(raw.get("synonyms")):
            data.entry("synonym", str(raw.get("value")), text)
    for raw in _objects(content, "regex_features", data):
        data.entry("regex", str(raw.get("name")), str(raw.get("pattern")))
    for raw in _objects(content, "lookup_tables", data):
        if isinstance(raw.get("elements"), str):
            data.findings.add(None, f"lookup {raw.get('name')!r} names another file, which is not read")
        for text in _texts(raw.get("elements")):
            data.entry("lookup", str(raw.get("name")), text)
    return data.file()


def _objects(content: dict[str, Any], key: str, data: NluGathering) -> Iterator[dict[str, Any]]:
    section = content.get(key, [])
    if not isinstance(section, list):
        data.findings.add(None, f"expected a list as {key}")
        return
    for number, raw in enumerate(section, 1):
        if isinstance(raw, dict):
            yield raw
        else:
            data.findings.add(None, f"expected an object as no. {number} of {key}")


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _example(raw: dict[str, Any], data: NluGathering) -> None:
    text, intent = raw.get("text"), raw.get("intent")
    if not isinstance(text, str) or not isinstance(intent, str):
        data.findings.add(None, f"expected `text` and `intent` in {str(raw)[:60]}")
        return
    spans = []
    entities = raw.get("entities")
    for entity in entities if isinstance(entities, list) else ():
        try:
            spans.append(_span(entity, text))
        except (KeyError, TypeError):
            data.findings.add(None, f"expected `start`, `end` and `entity` of an entity in {text[:60]!r}")
    data.example(None, intent, text, tuple(sorted(spans, key=lambda span: (span.start, span.end))))


def _span(raw: Any, text: str) -> EntitySpan:
    """Raises KeyError or TypeError where it is none."""
    start, end = raw["start"], raw["end"]
    if not 0 <= start < end <= len(text):
        raise KeyError(start)
    value = raw.get("value", text[start:end])
    role, group = raw.get("role"), raw.get("group")
    return EntitySpan(
        start,
        end,
        str(raw["entity"]),
        str(value),
        None if role is None else str(role),
        None if group is None else str(group),
    )


def insert(text: str, name: str, by_intent: ByIntent) -> str:
    """The text with more examples at the end of its list, laid out as the last one is.

    Raises:
        NotationError: it has no such list.
    """
    objects = [_object(example) for examples in by_intent.values() for example in examples]
    if not text.strip():
        return json.dumps({_DATA: {_EXAMPLES: objects}}, ensure_ascii=False, indent=2) + "\n"
    try:
        root = dict(json_places.members(text, json_places.first(text)))
        data = dict(json_places.members(text, root[_DATA].start))
    except RecursionError:
        raise NotationError("nested too deeply", file=name) from None
    if _EXAMPLES not in data or text[data[_EXAMPLES].start] != "[":
        raise NotationError(f"expected a list `{_EXAMPLES}` in it", file=name)
    start, end = data[_EXAMPLES]
    last = max(json_places.items(text, start), default=None)
    if last is None:
        added = ", ".join(json.dumps(one, ensure_ascii=False) for one in objects)
        return text[: end - 1] + added + text[end - 1 :]
    before = text[: last.start]
    space = before[len(before.rstrip()) :]
    laid_out = _FIRST_KEY.match(text[last.start : last.end])
    added = "".join(f",{space}{_told(one, space, laid_out[1] if laid_out else None)}" for one in objects)
    return text[: last.end] + added + text[last.end :]


def _told(value: JsonObject, space: str, deeper: str | None) -> str:
    """JSON on one line, or as deep as `deeper` on several, below lines that begin as `space` ends."""
    base = space.rpartition("\n")[2]
    indent = None if deeper is None else deeper.removeprefix(base) or " "
    line_break = "\r\n" if "\r\n" in space else "\n"
    return json.dumps(value, ensure_ascii=False, indent=indent).replace("\n", line_break + base)


def _object(example: Example) -> JsonObject:
    return {
        "text": example.text,
        "intent": example.intent,
        "entities": [_entity(span) for span in example.entities],
    }


def _entity(span: EntitySpan) -> JsonObject:
    place: JsonObject = {"start": span.start, "end": span.end, "value": span.value, "entity": span.entity}
    more = {"role": span.role, "group": span.group}
    return place | {key: value for key, value in more.items() if value is not None}
