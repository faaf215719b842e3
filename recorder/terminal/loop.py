"""Ask, read, do, and ask again: one run of interactive learning in a terminal."""

from __future__ import annotations

from typing import Final

import click

from recorder.errors import RecorderError
from recorder.events.event import session_stream
from recorder.events.session import BotUttered
from recorder.teaching.lesson import Lesson
from recorder.terminal import dialog, letters, sayings, scenes, screen, transcript
from recorder.terminal.commands import (
    AcceptRest,
    Act,
    AskAgain,
    Branch,
    Command,
    Confirm,
    Deactivate,
    Export,
    Fork,
    Hear,
    Quit,
    Redo,
    Refused,
    Restart,
    Rewrite,
    ShowHelp,
    ShowHistory,
    Understand,
    Undo,
    Validate,
    WriteTo,
)
from recorder.terminal.exports import Exports
from recorder.terminal.keyboard import Keyboard
from recorder.terminal.questions import Question, StopOrNot
from recorder.terminal.words import block, one_line

_MAKES_IT_SPEAK: Final = Confirm | Act | Validate | Deactivate | Redo | Restart


class _Left(Exception):
    """The trainer wants to quit."""


class Teaching:
    """A lesson at a keyboard."""

    def __init__(self, lesson: Lesson, keyboard: Keyboard, exports: Exports) -> None:
        self.lesson, self.keyboard, self.exports = lesson, keyboard, exports
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many commands failed."""
        return self._failures + self.exports.failures

    def run(self) -> None:
        """Until the trainer quits or the input ends; all that was answered is in the log then."""
        question: Question | None = None
        while True:
            try:
                question = self._step(question or scenes.question(self.lesson))
            except (EOFError, _Left):
                return
            except KeyboardInterrupt:
                self._show("")
                if isinstance(question, StopOrNot):
                    return
                question = StopOrNot(question or scenes.question(self.lesson), self.lesson.session)

    def _step(self, question: Question) -> Question | None:
        """Ask it, and do what is wanted; returns the next question, if it is known already."""
        if letters.keys(question):
            self.keyboard.forget()  # a sentence typed ahead was meant as a message
        self._show(screen.text_of(question, self.keyboard.look))
        found = dialog.answer(question, self.keyboard.read(question))
        while isinstance(found, Refused):
            self._show(f"{found.reason}.")
            found = dialog.answer(question, self.keyboard.read(question))
        if isinstance(found, Question):
            return found
        try:
            self._do(found)
        except RecorderError as error:
            self._failures += 1
            click.echo(f"recorder: {one_line(str(error))}", err=True)
        return None

    def _do(self, command: Command) -> None:
        """Do it, and tell what came of it. Raises RecorderError, _Left."""
        lesson = self.lesson
        model, version = lesson.model.id, lesson.log.version(session_stream(lesson.session))
        self._command(command)
        if isinstance(command, _MAKES_IT_SPEAK):
            new = (entry.event for entry in lesson.history if entry.record.version >= version)
            if replies := [event for event in new if isinstance(event, BotUttered)]:
                self._show(block(replies))
        if lesson.warning:
            self._show(self.keyboard.look.paint("warning", f"Warning: {one_line(lesson.warning)}"))
        if lesson.model.id != model:
            self._show(f"Learned: the model is {one_line(lesson.model.id)} now.")

    def _command(self, command: Command) -> None:
        lesson, look = self.lesson, self.keyboard.look
        match command:
            case Hear(text=text):
                lesson.hear(text)
            case Confirm():
                lesson.confirm()
            case AcceptRest():
                lesson.accept_rest()
            case Act(action=action, place=place, words=words):
                self._show(sayings.chosen(action, look))
                act = lesson.correct_action if place == "instead" else lesson.insert
                act(action, words)
            case Understand(intent=intent, entities=entities):
                lesson.correct_message(intent, scenes.found(lesson) if entities is None else entities)
            case Validate(yes=yes):
                lesson.validate(yes)
            case Deactivate():
                lesson.deactivate()
            case Undo():
                lesson.undo()
            case Redo():
                lesson.redo()
            case Fork(message=number):
                lesson.fork(number)
                self._tell_fork()
            case Branch():
                lesson.branch()
                self._tell_fork()
            case Rewrite(text=text):
                lesson.rewrite(text)
            case Restart():
                lesson.restart()
            case Export(then_quit=then_quit):
                self.exports.write(lesson)
                if then_quit:
                    raise _Left
            case Quit():
                raise _Left
            case ShowHistory():
                self._show(transcript.history(scenes.whole(lesson), look))
            case ShowHelp():
                self._show(sayings.HELP)
            case AskAgain() | WriteTo():
                pass

    def _tell_fork(self) -> None:
        self._show(f"This is session {one_line(self.lesson.session)} now; the other one is kept.")

    def _show(self, text: str) -> None:
        self.keyboard.show(text)
