"""What a lesson asks, as a question with all that the trainer needs to know for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_RESTART
from recorder.dialogue.tracker import Tracker, applied, replay
from recorder.events.event import Event, JsonObject, Recorded, session_stream
from recorder.events.prediction import IntentRanked, Ranking
from recorder.events.session import Restarted, SessionRecorded, SessionStarted, UserUttered
from recorder.teaching.asking import (
    WantsAction,
    WantsBranch,
    WantsMessage,
    WantsUnderstanding,
    WantsValidation,
)
from recorder.teaching.lesson import Lesson
from recorder.terminal.questions import (
    Button,
    IsItForked,
    IsItMeant,
    IsItRight,
    IsItValidated,
    Question,
    Scene,
    WhatIsSaid,
)


class _Point(NamedTuple):
    """Where a lesson is: what counts so far, and what it amounts to."""

    history: tuple[Event, ...]
    state: Tracker


def question(lesson: Lesson) -> Question:
    """What the lesson asks. Raises LogError."""
    asked = lesson.ask()
    match asked:
        case WantsMessage(buttons=buttons):
            return WhatIsSaid(_scene(lesson, _present(lesson)), tuple(_buttons(buttons)))
        case WantsValidation(form=form, slot=slot):
            return IsItValidated(_scene(lesson, _present(lesson)), form, slot or "")
        case WantsBranch(recorded=recorded, action=action):
            return IsItForked(_scene(lesson, _before(lesson, recorded)), action)
        case WantsUnderstanding(message=message, understanding=told, recorded=recorded):
            intents = _shares(told)
            point = _understood(_before(lesson, recorded), message)
            return IsItMeant(_scene(lesson, point, intents=intents), intents)
        case WantsAction(proposed=proposed, message=message, recorded=recorded):
            intents, actions = _shares(asked.understanding), dict(asked.ranking)
            point = _before(lesson, recorded) if recorded else _present(lesson)
            point = _understood(point, message) if message else point
            scene = _scene(lesson, point, actions, intents)
            return IsItRight(scene, proposed, actions, intents, message is not None, recorded is not None)


def whole(lesson: Lesson) -> Scene:
    """The session with all its episodes, as far as they count. Raises LogError."""
    told = _counting(record.event for record in _records(lesson))
    return Scene(history=tuple(told), session=lesson.session)


def found(lesson: Lesson) -> tuple[JsonObject, ...]:
    """The entities of the message that is asked about."""
    asked = lesson.ask()
    message = asked.message if isinstance(asked, WantsAction | WantsUnderstanding) else None
    return message.entities if message else ()


def _scene(lesson: Lesson, point: _Point, actions: Iterable[str] = (), intents: Iterable[str] = ()) -> Scene:
    """Args: actions, intents: what a model knows of besides those of the domain."""
    domain = lesson.domain
    said = [event for event in point.history if isinstance(event, UserUttered)]
    return Scene(
        history=point.history,
        slots=point.state.slots,
        loop=point.state.active_loop,
        actions=tuple(dict.fromkeys((ACTION_LISTEN, ACTION_RESTART, *domain.action_names, *actions))),
        intents=tuple(dict.fromkeys((*domain.intent_names, *intents))),
        responses=frozenset(domain.responses),
        messages=tuple(heard.text for heard in lesson.messages),
        message=said[-1] if said else None,
        session=lesson.session,
    )


def _present(lesson: Lesson) -> _Point:
    return _Point(tuple(entry.event for entry in lesson.history), lesson.state)


def _before(lesson: Lesson, step: str) -> _Point:
    """As it was when the step was recorded; after it, where it is a message."""
    events: list[Event] = []
    for record in _records(lesson):
        is_it = record.id == step
        if not is_it or isinstance(record.event, UserUttered):
            events.append(record.event)
        if is_it:
            break
    return _Point(tuple(_counting(events)), replay(events, lesson.domain))


def _understood(point: _Point, message: UserUttered) -> _Point:
    """With the latest message as it is understood by now."""
    history = point.history
    at = max((i for i, event in enumerate(history) if isinstance(event, UserUttered)), default=None)
    return point if at is None else point._replace(history=(*history[:at], message, *history[at + 1 :]))


def _records(lesson: Lesson) -> Sequence[Recorded]:
    return lesson.log.read(session_stream(lesson.session))


def _counting(events: Iterable[Event]) -> Iterator[Event]:
    """What counts of each episode, with what ended it."""
    episode: list[Event] = []
    for event in events:
        if isinstance(event, Restarted | SessionStarted):
            yield from applied(episode, collapse_loops=False)
            yield event
            episode = []
        elif not isinstance(event, SessionRecorded):
            episode.append(event)
    yield from applied(episode, collapse_loops=False)


def _shares(told: IntentRanked | None) -> Mapping[str, float]:
    ranking: Ranking = told.ranking if told else ()
    return dict(ranking)


def _buttons(offered: Iterable[Any]) -> Iterator[Button]:
    for button in offered:
        if isinstance(button, dict) and button.get("payload"):
            yield Button(str(button.get("title") or ""), str(button["payload"]))
