"""Entities marked inside a text, both ways: `[Berlin](city)` and its longer forms.

    [text](entity)    [text](entity:value)
    [text]{"entity": "…", "role": "…", "group": "…", "value": "…"}
    [text][{"entity": "…"}, {"entity": "…"}]          several entities on one span

The notation has no escapes: a text that itself looks like an annotation cannot be written
(`render` refuses it). Inside JSON, brackets are written as `\\u005d` and the like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError

MAX_MARK: Final = 4_000
"""Characters inside a mark's own brackets; what is longer is text. Keeps reading linear."""

_CLOSING: Final = {"(": ")", "{": "}", "[": "]"}
_LEFTOVER: Final = re.compile(r"\[[^\[\]]{0,40}\]?\S{0,20}")
_BRACKETS: Final = str.maketrans({char: f"\\u{ord(char):04x}" for char in "{}[]"})


class Annotated(NamedTuple):
    """A text without its marks, and what was marked, in the order of the starts."""

    text: str
    entities: tuple[EntitySpan, ...]
    problems: tuple[str, ...]
    """What looks like an annotation and is none; it stays in the text as it is."""


def parse(marked: str) -> Annotated:
    """Read a marked text. What cannot be read as an annotation is kept as plain text and reported."""
    if "[" not in marked:
        return Annotated(marked, (), ())
    parts: list[str] = []
    length = place = 0
    entities: list[EntitySpan] = []
    problems: list[str] = []
    for start, close, end in _annotations(marked):
        between, words = marked[place:start], marked[start + 1 : close]
        length += len(between)
        problems += _leftover(between)
        try:
            entities += _spans(words, marked[close + 1 : end], length)
        except ValueError as error:
            problems.append(f"broken annotation {marked[start:end][:80]!r}: {error}")
            words = marked[start:end]
        parts += between, words
        length += len(words)
        place = end
    rest = marked[place:]
    return Annotated("".join((*parts, rest)), tuple(entities), (*problems, *_leftover(rest)))


def _annotations(marked: str) -> Iterator[tuple[int, int, int]]:
    """Where an annotation starts, where its words are closed, where it ends; from left to right.

    Words reach from the first `[` to the next `]`, as in Rasa, so each `]` is looked at once.
    """
    place = 0
    while (close := marked.find("]", place)) >= 0:
        start = marked.find("[", place, close)
        end = _mark_end(marked, close + 1) if 0 <= start < close - 1 else -1
        if end > 0:
            yield start, close, end
        place = max(end, close + 1)


def _mark_end(marked: str, start: int) -> int:
    """Where a mark `(…)`, `{…}` or `[…]` that starts at `start` ends; -1 where there is none."""
    kind = marked[start : start + 1]
    closing = _CLOSING.get(kind)
    end = marked.find(closing, start + 1, start + 1 + MAX_MARK) + 1 if closing else 0
    if not end:
        return -1
    inside = marked[start + 1 : end - 1]
    if kind == "[":
        return -1 if "\n" in inside else end
    entity, colon, value = inside.partition(":")
    is_short = kind == "(" and bool(entity) and bool(value or not colon)
    return end if is_short or (kind == "{" and inside) else -1


def _leftover(text: str) -> list[str]:
    found = _LEFTOVER.search(text)
    return [f"{found[0]!r} looks like a broken annotation"] if found else []


def _spans(words: str, mark: str, start: int) -> list[EntitySpan]:
    """The entities of one annotation; raises ValueError with the reason it is none."""
    end = start + len(words)
    if mark[0] == "(":
        entity, _, value = mark[1:-1].partition(":")
        return [EntitySpan(start, end, entity, value or words)]
    try:
        described = json.loads(mark if mark[0] == "[" else f"[{mark}]")
    except (ValueError, RecursionError):
        raise ValueError('expected JSON such as {"entity": "city"}') from None
    if not described:
        raise ValueError("no entity is named")
    return [_span(one, words, start, end) for one in described]


def _span(described: Any, text: str, start: int, end: int) -> EntitySpan:
    if not isinstance(described, dict) or not isinstance(described.get("entity"), str):
        raise ValueError('expected a name as "entity"')
    role, group = described.get("role"), described.get("group")
    return EntitySpan(
        start,
        end,
        described["entity"],
        _as_text(described.get("value", text)),
        None if role is None else _as_text(role),
        None if group is None else _as_text(group),
    )


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def render(text: str, entities: Iterable[EntitySpan] = ()) -> str:
    """The marked text that `parse` reads as `text` and `entities` again.

    Raises:
        NotationError: there is none: entities overlap, or the text itself looks like an annotation.
    """
    ordered = sorted(entities, key=lambda span: (span.start, span.end))
    marked, place = "", 0
    for (start, end), spans in groupby(ordered, key=lambda span: (span.start, span.end)):
        if not place <= start < end <= len(text):
            raise NotationError(f"entities overlap or lie outside the text: {text!r}")
        marked += text[place:start] + _mark(text[start:end], list(spans))
        place = end
    marked += text[place:]
    if (ordered or "[" in text) and parse(marked)[:2] != (text, tuple(ordered)):
        raise NotationError(f"cannot be annotated, the text looks like an annotation itself: {text!r}")
    return marked


def can_be_written(text: str, entities: Iterable[EntitySpan] = ()) -> bool:
    """Whether `render` has an answer."""
    try:
        render(text, entities)
    except NotationError:
        return False
    return True


def _mark(words: str, spans: Sequence[EntitySpan]) -> str:
    first = spans[0]
    if len(spans) > 1:
        return f"[{words}][{', '.join(_json(words, span) for span in spans)}]"
    is_short = not first.role and not first.group and first.value == words
    if is_short and first.role is None is first.group and re.fullmatch(r"[^:)]+", first.entity):
        return f"[{words}]({first.entity})"
    return f"[{words}]{_json(words, first)}"


def _json(words: str, span: EntitySpan) -> str:
    """One entity as JSON without brackets inside, in Rasa's order of keys."""
    named = {"entity": span.entity, "role": span.role, "group": span.group}
    known = {key: value for key, value in named.items() if value is not None}
    if span.value != words:
        known["value"] = span.value
    inside = json.dumps(known, ensure_ascii=False)[1:-1].translate(_BRACKETS)
    return f"{{{inside}}}"
