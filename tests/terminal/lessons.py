"""The concert bot at a scripted keyboard: what is shown and typed stands in one transcript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

from recorder.actions import local
from recorder.actions.anywhere import Actions
from recorder.events.event import Event, session_stream
from recorder.learning.model import Model
from recorder.services.training import train
from recorder.store.log import EventLog
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from recorder.teaching.lesson import Lesson
from recorder.teaching.refitting import refit
from recorder.terminal.exports import Exports
from recorder.terminal.look import AS_TEXT, Look
from recorder.terminal.loop import Teaching
from recorder.terminal.questions import Kind, Question, StopOrNot

BOT = Path(__file__).parents[2] / "data" / "concertbot"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

HELLO = ["hello", "1", "1"]
CONCERTS = ["/search_concerts", "1", "1"]
REVIEWS = ["which has better reviews?", "2", "8", "1"]
SCENE = [*HELLO, *CONCERTS, *REVIEWS, "0"]
"""The documentation's: the bot chooses the wrong one out of two possibilities."""


@cache
def bot(folder: Path) -> Model:
    paths = [BOT / name for name in ("domain.yml", "stories.yml", "nlu.yml")]
    files = ModelFiles(folder)
    return files.load(train(paths, files, clock=lambda: NOON).file.id)


def actions() -> Actions:
    return local.load(BOT / "actions.py")


@dataclass
class Keyboard:
    """Answers from a list, and then nothing."""

    lines: Iterator[str]
    look: Look = AS_TEXT
    transcript: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    def show(self, text: str) -> None:
        self.transcript.append(text)

    def forget(self) -> None:
        pass

    def read(self, question: Question) -> str:
        self.asked.append(question)
        line = next(self.lines, None)
        if line is None:
            raise EOFError
        self.transcript.append(line)
        return line

    @property
    def text(self) -> str:
        return "\n".join(self.transcript)


class Interrupted(Keyboard):
    """Ctrl-C at every question, then on with it."""

    def read(self, question: Question) -> str:
        if isinstance(question, StopOrNot):
            return "1"
        if not self.asked or self.asked[-1] != question:
            self.asked.append(question)
            raise KeyboardInterrupt
        self.asked.append(StopOrNot(question))
        line = next(self.lines, None)
        if line is None:
            raise EOFError
        return line


@dataclass
class Room:
    """A log, a folder, a bot."""

    folder: Path
    model: Model
    log: EventLog = field(default_factory=MemoryLog)
    actions: Actions = field(default_factory=actions)
    stories: Path | None = None
    others: dict[Kind, Path | None] = field(default_factory=lambda: {"examples": None, "domain": None})
    learn: bool = False
    numbers: Iterator[int] = field(default_factory=count)

    def teach(
        self, lines: Iterable[str], session: str = "s", kind: type[Keyboard] = Keyboard, look: Look = AS_TEXT
    ) -> tuple[Keyboard, Teaching]:
        """One run, until the lines end."""
        lesson = Lesson(
            self.log,
            self.model,
            self.actions,
            annotator="ana",
            session=session,
            clock=lambda: NOON,
            ids=lambda: f"e{next(self.numbers)}",
            learn=refit(self.model, [BOT / "stories.yml"]) if self.learn else None,
        )
        keyboard = kind(iter(lines), look)
        out = self.stories or self.folder / "stories.md"
        teaching = Teaching(lesson, keyboard, Exports(keyboard, {"stories": out, **self.others}))
        teaching.run()
        return keyboard, teaching

    def events(self, session: str = "s") -> list[Event]:
        return [record.event for record in self.log.read(session_stream(session))]

    @property
    def exported(self) -> str:
        return (self.stories or self.folder / "stories.md").read_text()
