"""NLU data in JSON, as Rasa NLU had it first: `{"rasa_nlu_data": {"common_examples": […], …}}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError
from recorder.formats.nlu_file import NluFile, NluGathering
from recorder.formats.problems import Findings


def loads(text: str, name: str = "") -> NluFile | None:
    """Read a text; None where it is JSON of another kind. Raises NotationError where it is no JSON."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotationError(f"not JSON: {error.msg}", file=name, line=error.lineno) from None
    content = data.get("rasa_nlu_data") if isinstance(data, dict) else None
    return _read(content, NluGathering(Findings(name))) if isinstance(content, dict) else None


def _read(content: dict[str, Any], data: NluGathering) -> NluFile:
    for raw in _objects(content, "common_examples", data):
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
