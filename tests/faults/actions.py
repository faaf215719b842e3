"""What processes do when they meet with an accident."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from recorder.actions.local import LocalActions
from recorder.events.event import NewEvent, review_stream
from recorder.events.session import ActionExecuted, UserUttered
from recorder.services import demonstrating
from recorder.store.key_source import KeySource
from recorder.store.log import EventLog, utc_now
from recorder.store.model_files import ModelFiles
from recorder.store.schema import upgrade
from recorder.store.sql import open_log
from recorder.teaching.lesson import Lesson
from tests.teaching.test_lesson import Mind


def append(url: str, stream: str, count: int) -> None:
    """Two events at a time; each append is named once it has returned."""
    log = open_log(url, keys=KeySource.of(os.environ))
    for number in range(count):
        name = f"{stream}#{number}"
        log.append(stream, [NewEvent(UserUttered(name), name), NewEvent(UserUttered("more"), f"{name}+")])
        print(name, flush=True)
    log.database.close()


def save_model(model: str, folder: str) -> None:
    """Write a copy of a model into another folder."""
    files = ModelFiles(Path(model).parent)
    about = files.find(Path(model).name)
    metadata = {
        "trained_at": about.trained_at,
        "data_hash": about.data_hash,
        "scores": about.scores,
        "counts": about.counts,
    }
    ModelFiles(Path(folder)).save(files.load(about.id), metadata)


def grow_by_upgrade(url: str) -> None:
    """How many megabytes the process grew by at its largest."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    upgrade(url)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def set_up_demo(folder: str, data: str) -> None:
    """What `recorder demo --once` does, of other data."""
    place = Path(folder)
    demonstrating.make_folder(place)
    upgrade(f"sqlite:///{place}/recorder.db")
    log, models = open_log(f"sqlite:///{place}/recorder.db"), ModelFiles(place / "models")
    models.sweep()
    for done in demonstrating.set_up(place, Path(data), log, models, clock=utc_now):
        print(*done)
    log.database.close()


def append_unnamed(url: str, stream: str) -> None:
    """Twenty events whose ids the log gives."""
    log = open_log(url)
    for _ in range(10):
        log.append(stream, [UserUttered("hi")] * 2)
    log.database.close()


def teach(url: str, session: str) -> None:
    """A lesson; the events that count, and what was decided, are told once each command has returned."""
    log = open_log(url)
    for told in lesson_of(log, session):
        print(told, flush=True)
    log.database.close()


def lesson_of(log: EventLog, session: str) -> Iterator[str]:
    lesson = Lesson(log, Mind(), LocalActions({}), annotator="ana", session=session)
    commands: list[Callable[[], None]] = [
        lambda: lesson.hear("greet"),
        lesson.confirm,
        lesson.confirm,
        lambda: lesson.hear("thanks"),
        lambda: lesson.correct_message("greet", []),
        lambda: lesson.correct_action("utter_bye"),
        lesson.undo,
        lesson.redo,
        lambda: lesson.rewrite("greet"),
        lesson.confirm,
    ]
    for command in commands:
        command()
        yield told_of(lesson)


def told_of(lesson: Lesson) -> str:
    """What counts in the lesson now, and how much of it is decided."""
    done = [
        event.text if isinstance(event, UserUttered) else event.name
        for event in (entry.event for entry in lesson.history)
        if isinstance(event, UserUttered | ActionExecuted)
    ]
    asked = lesson.ask()
    return f"{done} {len(lesson.log.read(review_stream(lesson.session, 'ana')))} {type(asked).__name__}"
