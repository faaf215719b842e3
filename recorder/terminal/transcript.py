"""What was said and done, told line by line. The words and their places are Rasa Core's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Opaque,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from recorder.terminal.look import AS_TEXT, Look
from recorder.terminal.questions import (
    Scene,
)
from recorder.terminal.words import lines_of, one_line

Told: TypeAlias = Callable[[Event | None, "Look"], Iterator[str]]
"""The lines that an event is told in; none: it is not."""

RULE: Final = "------"
_INDENT: Final = " " * 5
_DEEPER: Final = " " * 13


def scene(scene: Scene, look: Look) -> Iterator[str]:
    yield RULE
    yield "Chat history:"
    yield ""
    yield from _turns(_present(scene.history), look, _turn)
    yield ""
    slots = (f"{one_line(name)}: {look.paint('value', _value(v))}" for name, v in scene.slots.items())
    yield f"we currently have slots: {', '.join(slots)}".rstrip()
    if scene.loop:
        yield f"we are in the form: {look.paint('value', one_line(scene.loop))}"
    yield RULE


def history(scene: Scene, look: Look = AS_TEXT) -> str:
    """The whole session with what the bot said and what was remembered."""
    lines = [RULE, "Chat history:"]
    for episode in _episodes(scene.history):
        if any(isinstance(event, UserUttered) or _is_listen(event) for event in episode):
            lines += ["", *_turns([None, *episode], look, _told)]
    return "\n".join((*lines, RULE))


def _value(value: Any) -> str:
    return one_line(str(value))


def _present(history: Sequence[Event]) -> list[Event | None]:
    """From the action before the user's turn on; None: nothing was done before."""
    episode = _episodes(history)[-1]
    listens = [i for i, event in enumerate(episode[: _last(episode) + 1]) if _is_listen(event)]
    if not listens:
        return [None, *episode]
    turn = listens[-1]
    before = (event for event in reversed(episode[:turn]) if isinstance(event, ActionExecuted))
    return [next(before, None), *episode[turn:]]


def _last(episode: Sequence[Event]) -> int:
    """Where the latest message is; -1 where the user has said nothing."""
    return max((i for i, event in enumerate(episode) if isinstance(event, UserUttered)), default=-1)


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == ACTION_LISTEN


def _episodes(history: Sequence[Event]) -> list[list[Event]]:
    """The events after each start of a session and each restart; the first has those before any."""
    episodes: list[list[Event]] = [[]]
    for event in history:
        if isinstance(event, SessionStarted | Restarted):
            episodes.append([])
        else:
            episodes[-1].append(event)
    return episodes


def _turns(events: Iterable[Event | None], look: Look, told: Told) -> Iterator[str]:
    """Who did what, with room after what the user said."""
    gap = False
    for event in events:
        if lines := [*told(event, look)]:
            yield from ["", *lines] if gap else lines
            gap = isinstance(event, UserUttered)


def _turn(event: Event | None, look: Look) -> Iterator[str]:
    match event:
        case None:
            yield f"{_INDENT}bot did:    None"
        case ActionExecuted(name=name, action_text=words):
            yield f"{_INDENT}bot did:\t{look.paint('action', one_line(name or words or ''))}"
        case UserUttered():
            yield from _said(event, look)
        case Opaque(kind="action_failed", data=data):
            why = f"{data.get('name')} failed: {data.get('reason')}"
            yield f"{_INDENT}{look.paint('warning', one_line(why))}"
        case _:
            pass


def _said(message: UserUttered, look: Look) -> Iterator[str]:
    first, *more = lines_of(message.text or "")
    yield f"{_INDENT}user said:\t{look.paint('message', first)}"
    yield from (f"{_DEEPER}{look.paint('message', line)}" for line in more)
    yield ""
    yield f"{_DEEPER}whose intent is:\t{look.paint('value', one_line(str(message.intent)))}"
    for entity in message.entities:
        kind = " ".join(str(entity[key]) for key in ("entity", "role", "group") if entity.get(key))
        yield f"{_DEEPER}with {one_line(kind)}:\t{look.paint('value', _value(entity.get('value')))}"


def _told(event: Event | None, look: Look) -> Iterator[str]:
    match event:
        case BotUttered(text=text):
            first, *more = lines_of(text or "(no text)")
            yield f"{_INDENT}bot said:\t{first}"
            yield from (f"{_DEEPER}{line}" for line in more)
        case SlotSet(name=name, value=value):
            yield f"{_DEEPER}slot {one_line(name)}:\t{look.paint('value', _value(value))}"
        case ActiveLoop(name=name):
            yield f"{_DEEPER}form:\t{look.paint('value', one_line(str(name)))}"
        case _:
            yield from _turn(event, look)
