"""A line in, and what it asks for out: the next question, a command, or why it is no answer. Pure.

A menu is answered by one key; what follows it in the same line answers the question that the key leads
to: `2 utter_goodbye`. A line that begins with anything else is refused, whatever its first letter is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from recorder.dialogue.domain import DEFAULT_INTENTS
from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError
from recorder.events.event import JsonObject
from recorder.events.session import UserUttered
from recorder.formats import annotated_text
from recorder.terminal.questions import (
    AcceptRest,
    Act,
    AskAgain,
    BeforeWhich,
    Branch,
    Command,
    Confirm,
    Deactivate,
    Export,
    Fork,
    Hear,
    IsItForked,
    IsItMeant,
    IsItNew,
    IsItRight,
    IsItValidated,
    Question,
    Quit,
    Ranking,
    Redo,
    Refused,
    Restart,
    Rewrite,
    Scene,
    ShowHelp,
    ShowHistory,
    StopOrNot,
    Understand,
    Undo,
    Validate,
    WhatInstead,
    WhatIsSaid,
    WhatItSays,
    WhichAction,
    WhichEntities,
    WhichFile,
    WhichIntent,
    WriteTo,
)

Outcome: TypeAlias = Question | Command | Refused

LETTERS: Final = {
    "u": "undo",
    "r": "redo",
    "f": "fork",
    "b": "before",
    "w": "write",
    "m": "mark",
    "d": "deactivate",
    "a": "accept",
    "h": "history",
    "e": "export",
    "q": "quit",
    "?": "help",
}
"""Key at a menu -> the word that does the same after a slash, anywhere."""
_KEYS: Final = {**{word: key for key, word in LETTERS.items()}, "restart": "restart", "stop": "q"}
_NAME: Final = re.compile(r"\w[\w.@-]*(/[\w.@-]+)?")
_STRUCTURED: Final = re.compile(r"/([\w.@-]+)(?=$|\{)")
_LISTED: Final = 5
_YES: Final = ("1", "y", "yes")
_NO: Final = ("2", "n", "no")


def answer(question: Question, line: str) -> Outcome:
    """What a line that was typed at a question means."""
    match question:
        case WhatIsSaid():
            return _said(question, line)
        case IsItRight():
            return _judged(question, line)
        case IsItMeant():
            return _meant(question, line)
        case IsItForked():
            return _forked(question, line)
        case IsItValidated():
            return _validated(question, line)
        case WhichAction():
            return _action(question, line.strip())
        case WhatItSays(action=action, place=place):
            return Act(action, place, line.strip() or None)
        case WhichIntent():
            return _intent(question, line.strip())
        case WhichEntities():
            return _entities(question, line.strip())
        case IsItNew():
            return _new(question, line.strip().lower())
        case BeforeWhich():
            return _before(question, line.strip())
        case WhatInstead():
            return Rewrite(literal(line)) if line.strip() else AskAgain()
        case WhichFile():
            return _file(question, line.strip())
        case StopOrNot():
            return _stopped(question, line.strip())


def keys(question: Question) -> str:
    """The keys that answer it at once; empty where a line is asked for."""
    match question:
        case IsItRight(scene=scene, after_message=after, recorded=recorded):
            return ("1230" if after else "120") + _letters(scene, "bm" if after else "b", recorded=recorded)
        case IsItMeant(scene=scene):
            return "130" + _letters(scene, "m", recorded=True)
        case IsItForked(scene=scene):
            return "10" + _letters(scene)
        case IsItValidated(scene=scene):
            return "12yn0" + _letters(scene)
        case IsItNew():
            return "12yn"
        case StopOrNot():
            return "120"
        case _:
            return ""


def suggestions(question: Question) -> Sequence[tuple[str, float | None]]:
    """What can be chosen, with its probability, the likeliest first."""
    match question:
        case WhichAction(scene=scene, ranking=ranking):
            return by_probability(scene.actions, ranking)
        case WhichIntent(scene=scene, ranking=ranking):
            return by_probability(scene.intents, ranking)
        case WhatIsSaid(scene=scene):
            words = [*LETTERS.values(), "restart"]
            return [(f"/{name}", None) for name in (*scene.intents, *words)]
        case _:
            return []


def draft(question: Question) -> str:
    """What stands in the line already, to be edited."""
    match question:
        case WhichEntities(marked=marked):
            return marked
        case WhatInstead(scene=Scene(message=UserUttered(text=str(text)))):
            return text
        case _:
            return ""


def by_probability(names: Iterable[str], ranking: Ranking) -> list[tuple[str, float]]:
    """The likeliest first; what is as likely stays in its order."""
    return sorted(((name, ranking.get(name, 0.0)) for name in names), key=lambda one: -one[1])


def marked_text(message: UserUttered) -> str | None:
    """The message with its entities marked; None where it cannot be: it is structured, or looks marked."""
    if message.text is None or message.text.startswith("/"):
        return None
    spans = [span for entity in message.entities if (span := _span(entity, message.text))]
    try:
        return annotated_text.render(message.text, dict.fromkeys(spans))
    except NotationError:
        return None


def literal(line: str) -> str:
    """What the user says; a backslash before it says that it is no command."""
    return line.removeprefix("\\")


# --- menus ---


def _said(asked: WhatIsSaid, line: str) -> Outcome:
    said = line.strip()
    if not said:
        return asked
    if said == "0":
        return Export(then_quit=True)
    if said.isdecimal() and 1 <= int(said) <= len(asked.buttons):
        return Hear(asked.buttons[int(said) - 1].payload)
    word, _, rest = said.removeprefix("/").partition(" ")
    key = _KEYS.get(word, word if word in LETTERS else "")
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
            return _mark(asked.scene)
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
            return _mark(asked.scene)
        case "a" if not rest:
            return AcceptRest()
        case _:
            return _by_key(key, rest, asked, asked.scene)


def _forked(asked: IsItForked, line: str) -> Outcome:
    key, rest = _split(line)
    return Branch() if key == "1" and not rest else _by_key(key, rest, asked, asked.scene)


def _validated(asked: IsItValidated, line: str) -> Outcome:
    key, rest = _split(line)
    if not rest and key in (*_YES, *_NO):
        return Validate(key in _YES)
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
    return _invalid(asked, f"{key} {rest}".strip())


def _stopped(asked: StopOrNot, line: str) -> Outcome:
    match line:
        case "1":
            return asked.asked
        case "2" | "q":
            return Quit()
        case "0":
            return Export(then_quit=True)
        case _:
            return _invalid(asked, line)


# --- choices ---


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
    marked = marked_text(message) if message else None
    return Understand(name) if marked is None else WhichEntities(asked.scene, name, marked)


def _mark(scene: Scene) -> Outcome:
    if scene.message is None or (marked := marked_text(scene.message)) is None:
        return Refused("In this message nothing can be marked")
    return WhichEntities(scene, scene.message.intent or "", marked)


def _chosen(asked: WhichAction | WhichIntent, names: Sequence[str], said: str) -> str | Outcome:
    """The name that was chosen by number, by name, or as a new one with a plus before it."""
    if not said:
        return AskAgain()
    if said.isdecimal() and int(said) < len(names):
        return names[int(said)]
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
    if said in _YES:
        return answer(asked.asked, f"+{asked.name}")
    return asked.asked if said in ("", *_NO) else _invalid(asked, said)


def _entities(asked: WhichEntities, said: str) -> Outcome:
    message = asked.scene.message
    text = (message.text if message else None) or ""
    if not said or said == asked.marked.strip():
        return Understand(asked.intent)
    read = annotated_text.parse(said)
    if read.problems:
        return Refused(read.problems[0])
    if read.text != text.strip():
        return Refused(f"Without its marks this is {read.text!r}; the user said {text!r}")
    ahead = len(text) - len(text.lstrip())
    return Understand(asked.intent, tuple(_as_json(_moved(span, ahead)) for span in read.entities))


def _before(asked: BeforeWhich, said: str) -> Outcome:
    if not said:
        return AskAgain()
    if said.isdecimal() and 1 <= int(said) <= len(asked.scene.messages):
        return Fork(int(said))
    return Refused(f"Invalid answer {said!r}: a number from 1 to {len(asked.scene.messages)}")


def _file(asked: WhichFile, said: str) -> Outcome:
    return WriteTo(None if said == "-" else Path(said).expanduser() if said else asked.default)


# --- the rest ---


def _split(line: str) -> tuple[str, str]:
    """The key and what follows; a command after a slash is its key."""
    first, _, rest = line.strip().partition(" ")
    word = first.removeprefix("/")
    key = _KEYS.get(word, word) if first.startswith("/") else first
    return key, rest.strip()


def _onwards(question: Question, rest: str) -> Outcome:
    return answer(question, rest) if rest else question


def _letters(scene: Scene, special: str = "", *, recorded: bool = False) -> str:
    """Those of every menu, and of `b d m a` those that make sense."""
    sensible = special + ("d" if scene.loop else "") + ("a" if recorded else "")
    return "".join(key for key in LETTERS if key not in "bdma" or key in sensible)


def _invalid(asked: Question, said: str) -> Refused:
    allowed = ", ".join(keys(asked)) or "a command such as /undo"
    return Refused(f"Invalid answer {said!r}, only {allowed} allowed")


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
