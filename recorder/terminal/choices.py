"""What was chosen from a list, or written where words are asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from recorder.terminal import marking
from recorder.terminal.commands import (
    Act,
    AskAgain,
    Command,
    Fork,
    Refused,
    Rewrite,
    Understand,
    WriteTo,
)
from recorder.terminal.letters import NO, YES, invalid, number
from recorder.terminal.questions import (
    BeforeWhich,
    IsItNew,
    Question,
    Scene,
    WhatInstead,
    WhatItSays,
    WhichAction,
    WhichEntities,
    WhichFile,
    WhichIntent,
)

Outcome: TypeAlias = Question | Command | Refused
Choice: TypeAlias = (
    WhichAction | WhatItSays | WhichIntent | WhichEntities | IsItNew | BeforeWhich | WhatInstead | WhichFile
)

_NAME: Final = re.compile(r"\w[\w.@-]*(/[\w.@-]+)?")
_LISTED: Final = 5
"""Names that are shown of those that what was typed is a part of."""


def answer(asked: Choice, line: str) -> Outcome:
    """What was chosen, or written."""
    said = line.strip()
    match asked:
        case WhichAction():
            return _action(asked, said)
        case WhatItSays(action=action, place=place):
            return Act(action, place, said or None)
        case WhichIntent():
            return _intent(asked, said)
        case WhichEntities():
            return _entities(asked, said)
        case IsItNew():
            return _new(asked, said.lower())
        case BeforeWhich():
            return _before(asked, said)
        case WhatInstead():
            return Rewrite(literal(line)) if said else AskAgain()
        case WhichFile():
            return WriteTo(None if said == "-" else Path(said).expanduser() if said else asked.default)


def literal(line: str) -> str:
    """What the user says; a backslash before it says that it is no command."""
    return line.removeprefix("\\")


def mark(scene: Scene) -> Outcome:
    """The question after the entities of the latest message, whose intent is right."""
    if scene.message is None or (marked := marking.marked_text(scene.message)) is None:
        return Refused("In this message nothing can be marked")
    return WhichEntities(scene, scene.message.intent or "", marked)


def _action(asked: WhichAction, said: str) -> Outcome:
    name = _chosen(asked, asked.scene.actions, said)
    if not isinstance(name, str):
        return name
    has_words = not name.startswith("utter_") or name in asked.scene.responses
    return Act(name, asked.place) if has_words else WhatItSays(asked.scene, name, asked.place)


def _intent(asked: WhichIntent, said: str) -> Outcome:
    name = _chosen(asked, asked.scene.intents, said)
    if not isinstance(name, str):
        return name
    message = asked.scene.message
    marked = marking.marked_text(message) if message else None
    return Understand(name) if marked is None else WhichEntities(asked.scene, name, marked)


def _chosen(asked: WhichAction | WhichIntent, names: Sequence[str], said: str) -> str | Outcome:
    """The name that was chosen by number, by name, or as a new one with a plus before it."""
    if not said:
        return AskAgain()
    if (at := number(said)) is not None and at < len(names):
        return names[at]
    if said in names:
        return said
    new = said.removeprefix("+")
    if not _NAME.fullmatch(new) or new.isdecimal():
        return Refused(f"Invalid answer {said!r}: a number from 0 to {len(names) - 1}, or a name")
    if new != said:
        return new
    if found := [f"{i} {name}" for i, name in enumerate(names) if said.lower() in name.lower()]:
        more = f", and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        return Refused(f"{said!r} is in {', '.join(found[:_LISTED])}{more}; +{said} makes it a new one")
    return IsItNew(asked, said)


def _new(asked: IsItNew, said: str) -> Outcome:
    if said in YES:
        return answer(asked.asked, f"+{asked.name}")
    return asked.asked if said in ("", *NO) else invalid(asked, said)


def _entities(asked: WhichEntities, said: str) -> Outcome:
    message = asked.scene.message
    if not said or said == asked.marked.strip():
        return Understand(asked.intent)
    found = marking.read((message.text if message else None) or "", said)
    return Refused(found) if isinstance(found, str) else Understand(asked.intent, found)


def _before(asked: BeforeWhich, said: str) -> Outcome:
    if not said:
        return AskAgain()
    if (at := number(said)) and at <= len(asked.scene.messages):
        return Fork(at)
    return Refused(f"Invalid answer {said!r}: a number from 1 to {len(asked.scene.messages)}")
