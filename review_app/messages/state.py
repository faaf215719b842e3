"""What the page of messages holds between two looks: how far it is, what is chosen, what was said last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from recorder.read_models.message_list import Message, Place
from recorder.services import bulk
from recorder.services.bulk import Alike, Said
from review_app import state
from review_app.messages import views

_PLACE: Final = "messages-place"
_LATEST: Final = "messages-latest"
_KEPT: Final = 50
"""Answers that can be taken back, one after the other."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said by one press, and what became of it."""

    command: str
    intent: str
    said: Said
    undone: bool = False


def key(message: Message, what: str) -> str:
    """Of a widget that belongs to one message: a press that comes late is not one on the next message."""
    return f"{what}-{message.session}-{message.number}"


def place(intents: Sequence[str]) -> Place | None:
    """Behind which message to go on; another filter begins anew."""
    held = state.recall(_PLACE)
    return held[1] if held and held[0] == tuple(intents) else None


def go_on(message: Message, intents: Sequence[str]) -> None:
    state.remember(_PLACE, (tuple(intents), message.place))


def begin_again() -> None:
    state.remember(_PLACE, None)


def meaning(message: Message, names: Sequence[str]) -> str | None:
    """What is chosen; at first what the model took it for."""
    chosen = state.recall(key(message, "meaning"))
    return str(chosen) if chosen else (message.intent or (names[0] if names else None))


def choose(message: Message, intent: str) -> None:
    state.remember(key(message, "meaning"), intent)


def chosen(message: Message, groups: Sequence[Sequence[Alike]]) -> list[Message]:
    """Those of them that the same is to be said of."""
    held: Any = state.recall(key(message, "alike"))
    numbers = views.same(groups) if held is None else held
    return [each.message for number, group in enumerate(groups) if number in numbers for each in group]


def latest() -> Answer | None:
    """What was said last, or taken back just now."""
    answers = state.recall(_LATEST) or []
    return answers[-1] if answers else None


def say(message: Message, others: Sequence[Message], intent: str) -> None:
    """One press; the browser may tell of it several times, which is one command all the same."""
    command = state.recall(key(message, "command")) or uuid4().hex
    state.remember(key(message, "command"), command)
    said = bulk.say(state.decide, state.desk(), state.person(), command, intent, [message, *others])
    held = [each for each in _standing() if each.command != command]
    state.remember(_LATEST, [*held, Answer(command, intent, said)][-_KEPT:])


def take_back() -> None:
    """The last answer that stands, of all its messages."""
    standing = _standing()
    if not standing:
        return
    *before, last = standing
    said = bulk.take_back(state.decide, state.desk(), state.person(), last.command, last.said.done)
    for message in said.done:
        state.remember(key(message, "command"), None)
    begin_again()
    state.remember(_LATEST, [*before, Answer(last.command, last.intent, said, undone=True)])


def _standing() -> list[Answer]:
    return [each for each in state.recall(_LATEST) or [] if not each.undone]
