"""Worlds in one line: sessions in a log, built from events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from recorder.events.event import Event, NewEvent, Recorded, review_stream, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import StepConfirmed
from recorder.events.session import ActionExecuted, BotUttered, SessionRecorded, UserUttered
from recorder.services.training import train
from recorder.store.log import EventLog
from recorder.store.model_files import ModelFiles

Turn = tuple[str, str, float, Sequence[tuple[str, float]]]
"""A message, its intent with probability, and the actions that followed with theirs."""

GREETING: Turn = ("hello", "greet", 0.95, [("utter_greet", 0.9), ("action_listen", 1.0)])
REVIEWS: Turn = (
    "which one is better",
    "compare_reviews",
    0.8,
    [("action_show_venue_reviews", 0.31), ("action_listen", 0.99)],
)
MODEL = "early"

DOMAIN = """version: "3.1"
intents: [greet, thanks]
actions: [action_wave, action_bow]
"""
STORIES = """version: "3.1"
stories:
- story: a greeting
  steps:
  - intent: greet
  - action: {action}
"""
NLU = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
- intent: thanks
  examples: |
    - thank you
    - thanks a lot
"""


def session(log: EventLog, name: str, *turns: Turn, source: str = "talk") -> list[Recorded]:
    """Append a session of these turns; event ids are the session's name and a number."""
    events: list[Event] = [SessionRecorded(source), *(event for turn in turns for event in _turn(turn))]
    numbered = [NewEvent(_about(event, name, i), id=f"{name}-{i}") for i, event in enumerate(events)]
    return log.append(session_stream(name), numbered, actor="bot")


def confirmation(log: EventLog, name: str, step: str, *, annotator: str = "ana") -> None:
    """The annotator says yes to a step."""
    log.append(review_stream(name, annotator), [StepConfirmed(step, 0)], actor=annotator)


def model(models: Path, folder: Path, action: str, day: int) -> str:
    """Train a model that answers a greeting with `action` (`action_wave`, `action_bow`); returns its id.

    Args:
        models: folder of models.
        folder: where the training files are written.
        day: of January 2025, when it was trained.
    """
    texts = {"domain.yml": DOMAIN, "stories.yml": STORIES.format(action=action), "nlu.yml": NLU}
    for name, text in texts.items():
        (folder / name).write_text(text)
    paths = [folder / name for name in texts]
    return train(paths, ModelFiles(models), clock=lambda: datetime(2025, 1, day, tzinfo=UTC)).file.id


def _turn(turn: Turn) -> Iterator[Event]:
    text, intent, sure, actions = turn
    yield UserUttered(text, {"intent": {"name": intent, "confidence": sure}})
    yield IntentRanked("", MODEL, ((intent, sure), ("other", 1 - sure)))
    for action, probability in actions:
        yield ActionExecuted(action)
        yield ActionRanked("", MODEL, ((action, probability), ("other", 1 - probability)))
        if action.startswith("utter_"):
            yield BotUttered(f"({action})")


def _about(event: Event, name: str, place: int) -> Event:
    """A prediction is about the event before it."""
    match event:
        case IntentRanked(model=model, ranking=ranking):
            return IntentRanked(f"{name}-{place - 1}", model, ranking)
        case ActionRanked(model=model, ranking=ranking):
            return ActionRanked(f"{name}-{place - 1}", model, ranking)
        case _:
            return event
