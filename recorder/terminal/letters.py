"""The keys that answer a menu, and the words that do the same after a slash."""

from __future__ import annotations

from typing import Final

from recorder.terminal.commands import (
    Refused,
)
from recorder.terminal.questions import (
    IsItForked,
    IsItMeant,
    IsItNew,
    IsItRight,
    IsItValidated,
    Question,
    Scene,
    StopOrNot,
)

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
KEY_OF: Final = {**{word: key for key, word in LETTERS.items()}, "restart": "restart", "stop": "q"}
_LONGEST: Final = 9
"""Digits of a number: what is longer was not meant as one, and may be too long for `int`."""
YES: Final = ("1", "y", "yes")
NO: Final = ("2", "n", "no")


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


def number(said: str) -> int | None:
    """What a number says; None: it is none, or none that anything here has."""
    return int(said) if said.isdecimal() and len(said) <= _LONGEST else None


def invalid(asked: Question, said: str) -> Refused:
    allowed = ", ".join(keys(asked)) or "a command such as /undo"
    return Refused(f"Invalid answer {said!r}, only {allowed} allowed")


def _letters(scene: Scene, special: str = "", *, recorded: bool = False) -> str:
    """Those of every menu, and of `b d m a` those that make sense."""
    sensible = special + ("d" if scene.loop else "") + ("a" if recorded else "")
    return "".join(key for key in LETTERS if key not in "bdma" or key in sensible)
