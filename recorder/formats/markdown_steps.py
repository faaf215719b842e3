"""Lines of legacy Markdown stories: `* intent{…}`, `- action`, `> checkpoint`, each to a step."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from recorder.formats import annotated_text
from recorder.formats.story_file import placed
from recorder.stories.story import (
    ActionStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    StoryEntity,
    UserStep,
)

Report = Callable[[str], None]

EVENTS: Final = frozenset(
    {"restart", "rewind", "undo", "reset_slots", "pause", "resume", "export", "session_started"}
    | {"reminder", "cancel_reminder", "followup", "form_validation", "loop_interrupted"}
    | {"action_execution_rejected"}
)
"""Names after `- ` that are events of a tracker, not actions."""

FORM: Final = re.compile(r"\Aform:\s+")
"""Before what a form did by itself."""
_INTENT_END: Final = re.compile(r"\{|\sOR\s")
_OLD: Final = re.compile(r"\s*_(?P<intent>[^\s{:\[]+)(?:\[(?P<slots>[^\]]*)\])?(?P<rest>(?:\sOR\s.*)?\s*)\Z")
_OR: Final = re.compile(r"\s*\bOR\s")


def read_step(mark: str, content: str, *, is_first: bool, report: Report) -> Step | None:
    """The step of a line; None where it means nothing.

    Args:
        mark: what the line begins with: `*`, `-` or `>`.
        content: the rest, without `form: `.
        is_first: no step stands before it in its story.
        report: takes what is wrong with the line and does not hinder reading it.

    Raises:
        ValueError: the line cannot be read; says what was expected.
    """
    if mark == "*":
        return _user(content, report)
    return _event(content) if mark == "-" else _checkpoint(content, is_first, report)


def has_words(content: str) -> bool:
    """Whether a line is a message with words: `* intent: words`, `* form: intent: words`."""
    message = FORM.sub("", content[1:].strip(), count=1)
    return content[0] == "*" and re.match(r"[^\s{:\[]+\s*:\s*\S", message) is not None


def _user(content: str, report: Report) -> Step:
    if has_words("*" + content):
        intent, _, words = content.partition(":")
        marked = annotated_text.parse(words.strip())
        for problem in marked.problems:
            report(problem)
        return UserStep(intent.strip().lstrip("/"), tuple(map(placed, marked.entities)), marked.text)
    alternatives = list(_messages(content))
    return alternatives[0] if len(alternatives) == 1 else OrStep(tuple(alternatives))


def _messages(content: str) -> Iterator[UserStep]:
    """The messages of a line, parted by ` OR `; raises ValueError."""
    rest: str | None = content
    while rest is not None:
        step, rest = _message(rest)
        yield step


def _message(content: str) -> tuple[UserStep, str | None]:
    """The first message, and what follows its ` OR `; None where nothing does."""
    if match := _OLD.match(content):
        return UserStep(match["intent"], tuple(_old_entities(match["slots"] or ""))), _after_or(match["rest"])
    found = _INTENT_END.search(content)
    end = found.start() if found else len(content)
    intent, rest = content[:end].strip().lstrip("/").rstrip(": "), content[end:]
    if not intent:
        raise ValueError(f"expected an intent, not {short(content)}")
    if not rest.startswith("{"):
        return UserStep(intent), _after_or(rest)
    values, rest = json_object(rest)
    return UserStep(intent, tuple(_entities(values))), _after_or(rest)


def _after_or(rest: str) -> str | None:
    if not rest.strip():
        return None
    separator = _OR.match(rest)
    if separator is None:
        raise ValueError(f"expected ` OR ` or the end of the line, not {short(rest)}")
    return rest[separator.end() :]


def _entities(values: Mapping[str, Any]) -> Iterator[StoryEntity]:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            yield StoryEntity(name, one)


def _old_entities(slots: str) -> Iterator[StoryEntity]:
    """`[name=John, city=Berlin]`, as rasa_core had it before JSON."""
    for pair in filter(None, map(str.strip, slots.split(","))):
        name, _, value = pair.partition("=")
        yield StoryEntity(name.strip(), value.strip())


def _event(content: str) -> Step | None:
    name, data = _named(content)
    if name == "slot":
        return SlotStep(tuple(data.items())) if data else None
    if name in ("form", "active_loop"):
        return LoopStep(None if data.get("name") is None else str(data["name"]))
    if name in EVENTS:
        return EventStep(name, data)
    return ActionStep(name) if name != "..." else None


def _checkpoint(content: str, is_first: bool, report: Report) -> Step:
    name, conditions = _named(content)
    if conditions and not is_first:
        report(f"conditions of checkpoint '{name}' count only at the start of a story")
        conditions = {}
    return CheckpointStep(name, tuple(conditions.items()))


def _named(content: str) -> tuple[str, dict[str, Any]]:
    """`name` or `name{JSON}`; raises ValueError."""
    start = content.find("{")
    name = (content if start < 0 else content[:start]).strip()
    if not name:
        raise ValueError(f"expected a name, not {short(content)}")
    if start < 0:
        return name, {}
    value, rest = json_object(content[start:])
    if rest.strip():
        raise ValueError(f"expected the end of the line, not {short(rest)}")
    return name, value


def json_object(text: str) -> tuple[dict[str, Any], str]:
    """The JSON object that a text begins with, and the rest; raises ValueError."""
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise ValueError(f"expected a JSON object, not {short(text)}") from None
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, not {short(text)}")
    return value, text[end:]


def _not_json(word: str) -> Any:
    raise ValueError(word)


def short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


_DECODER: Final = json.JSONDecoder(parse_constant=_not_json)
