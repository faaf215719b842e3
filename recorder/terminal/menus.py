"""What a key at a menu means, and what a line where a message is asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from recorder.dialogue.domain import DEFAULT_INTENTS
from recorder.terminal import choices
from recorder.terminal.choices import Choice, Outcome, literal, mark
from recorder.terminal.commands import (
    AcceptRest,
    Branch,
    Command,
    Confirm,
    Deactivate,
    Export,
    Hear,
    Quit,
    Redo,
    Refused,
    Restart,
    ShowHelp,
    ShowHistory,
    Undo,
    Validate,
)
from recorder.terminal.letters import KEY_OF, LETTERS, NO, YES, invalid, number
from recorder.terminal.questions import (
    BeforeWhich,
    IsItForked,
    IsItMeant,
    IsItRight,
    IsItValidated,
    Question,
    Scene,
    StopOrNot,
    WhatInstead,
    WhatIsSaid,
    WhichAction,
    WhichIntent,
)

Menu: TypeAlias = WhatIsSaid | IsItRight | IsItMeant | IsItForked | IsItValidated | StopOrNot

_STRUCTURED: Final = re.compile(r"/([\w.@-]+)(?=$|\{)")


def answer(asked: Menu, line: str) -> Outcome:
    """What the key says, or the message; what follows a key in its line answers what the key leads to."""
    match asked:
        case WhatIsSaid():
            return _said(asked, line)
        case IsItRight():
            return _judged(asked, line)
        case IsItMeant():
            return _meant(asked, line)
        case IsItForked():
            return _forked(asked, line)
        case IsItValidated():
            return _validated(asked, line)
        case StopOrNot():
            return _stopped(asked, line.strip())


def _said(asked: WhatIsSaid, line: str) -> Outcome:
    said = line.strip()
    if not said:
        return asked
    if said == "0":
        return Export(then_quit=True)
    if (at := number(said)) and at <= len(asked.buttons):
        return Hear(asked.buttons[at - 1].payload)
    word, _, rest = said.removeprefix("/").partition(" ")
    key = KEY_OF.get(word, word if word in LETTERS else "")
    is_intent = word in asked.scene.intents and word not in ("restart", "stop")
    if said.startswith("/") and key and not is_intent:
        return _by_key(key, rest.strip(), asked, asked.scene)
    if (named := _STRUCTURED.match(said)) and named[1] not in (*asked.scene.intents, *DEFAULT_INTENTS):
        return Refused(
            f"There is no intent {named[1]!r}. \\{named[0]} says it word for word; "
            "a message gets a new intent with 3 at the question that follows it"
        )
    return Hear(literal(line))


def _judged(asked: IsItRight, line: str) -> Outcome:
    key, rest = _split(line)
    match key:
        case "1" if not rest:
            return Confirm()
        case "2":
            return _onwards(WhichAction(asked.scene, asked.ranking), rest)
        case "3" if asked.after_message:
            return _onwards(WhichIntent(asked.scene, asked.intents), rest)
        case "3":
            return Refused("The intent can be told right after the message; u takes back what came since")
        case "b":
            return _onwards(WhichAction(asked.scene, asked.ranking, "before"), rest)
        case "m" if asked.after_message and not rest:
            return mark(asked.scene)
        case "a" if asked.recorded and not rest:
            return AcceptRest()
        case _:
            return _by_key(key, rest, asked, asked.scene)


def _meant(asked: IsItMeant, line: str) -> Outcome:
    key, rest = _split(line)
    match key:
        case "1" if not rest:
            return Confirm()
        case "3":
            return _onwards(WhichIntent(asked.scene, asked.intents), rest)
        case "m" if not rest:
            return mark(asked.scene)
        case "a" if not rest:
            return AcceptRest()
        case _:
            return _by_key(key, rest, asked, asked.scene)


def _forked(asked: IsItForked, line: str) -> Outcome:
    key, rest = _split(line)
    return Branch() if key == "1" and not rest else _by_key(key, rest, asked, asked.scene)


def _validated(asked: IsItValidated, line: str) -> Outcome:
    key, rest = _split(line)
    if not rest and key in (*YES, *NO):
        return Validate(key in YES)
    return _by_key(key, rest, asked, asked.scene)


def _by_key(key: str, rest: str, asked: Question, scene: Scene) -> Outcome:
    """What can be done at every menu, and after a slash where a message is asked for."""
    alone: Mapping[str, Command] = {
        "0": Export(then_quit=True),
        "e": Export(then_quit=False),
        "q": Quit(),
        "u": Undo(),
        "r": Redo(),
        "h": ShowHistory(),
        "?": ShowHelp(),
        "restart": Restart(),
    }
    if not rest and key in alone:
        return alone[key]
    if key == "d" and not rest and scene.loop:
        return Deactivate()
    if key in ("f", "w") and not scene.messages:
        return Refused("The user has said nothing yet")
    if key == "f":
        return _onwards(BeforeWhich(scene), rest)
    if key == "w":
        return _onwards(WhatInstead(scene), rest)
    if key in ("b", "m", "d", "a") and (key == "b" or not rest):
        return Refused(f"{LETTERS[key]!r} makes no sense at this question")
    return invalid(asked, f"{key} {rest}".strip())


def _stopped(asked: StopOrNot, line: str) -> Outcome:
    match line:
        case "1":
            return asked.asked
        case "2" | "q":
            return Quit()
        case "0":
            return Export(then_quit=True)
        case _:
            return invalid(asked, line)


def _split(line: str) -> tuple[str, str]:
    """The key and what follows; a command after a slash is its key."""
    first, _, rest = line.strip().partition(" ")
    word = first.removeprefix("/")
    key = KEY_OF.get(word, word) if first.startswith("/") else first
    return key, rest.strip()


def _onwards(question: Choice, rest: str) -> Outcome:
    return choices.answer(question, rest) if rest else question
