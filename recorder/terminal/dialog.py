"""A line in, and what it asks for out: the next question, a command, or why it is no answer. Pure.

A menu is answered by one key; what follows it in the same line answers the question that the key leads
to: `2 utter_goodbye`. A line that begins with anything else is refused, whatever its first letter is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recorder.events.session import UserUttered
from recorder.terminal import choices, menus
from recorder.terminal.choices import Outcome
from recorder.terminal.letters import LETTERS
from recorder.terminal.menus import Menu
from recorder.terminal.questions import (
    Question,
    Ranking,
    Scene,
    WhatInstead,
    WhatIsSaid,
    WhichAction,
    WhichEntities,
    WhichIntent,
)


def answer(question: Question, line: str) -> Outcome:
    """What a line that was typed at a question means."""
    if isinstance(question, Menu):
        return menus.answer(question, line)
    return choices.answer(question, line)


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
