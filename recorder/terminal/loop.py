"""Ask, read, do, and ask again: one run of interactive learning in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import click

from recorder.dialogue.domain import ACTION_LISTEN, ACTION_RESTART
from recorder.dialogue.tracker import applied, replay
from recorder.errors import RecorderError
from recorder.events.event import Event, JsonObject, Recorded, session_stream
from recorder.events.prediction import IntentRanked
from recorder.events.session import BotUttered, Restarted, SessionRecorded, SessionStarted, UserUttered
from recorder.services.asking import (
    WantsAction,
    WantsBranch,
    WantsMessage,
    WantsUnderstanding,
    WantsValidation,
)
from recorder.services.taught import Taught
from recorder.services.teaching import Lesson
from recorder.terminal import dialog, screen
from recorder.terminal.keyboard import Keyboard
from recorder.terminal.questions import (
    AcceptRest,
    Act,
    AskAgain,
    Branch,
    Button,
    Command,
    Confirm,
    Deactivate,
    Export,
    Fork,
    Hear,
    IsItForked,
    IsItMeant,
    IsItRight,
    IsItValidated,
    Kind,
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
    WhatIsSaid,
    WhichFile,
    WriteTo,
)
from recorder.terminal.words import block, one_line

_DONE: Final = (Confirm, Act, Validate, Deactivate, Redo, Restart)
"""What makes the bot speak."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file."""

    count: int
    known: int = 0
    """How many it had already."""
    problems: tuple[str, ...] = ()


class Files(Protocol):
    """Where what was taught is written to."""

    def counts(self, taught: Taught) -> dict[Kind, int]:
        """How much of each kind there is to write."""
        ...

    def write(self, kind: Kind, path: Path, taught: Taught) -> Written:
        """Add it to the file, whole or not at all; raises RecorderError."""
        ...


class _Left(Exception):
    """The trainer wants to quit."""


class Teaching:
    """A lesson at a keyboard."""

    def __init__(
        self, lesson: Lesson, keyboard: Keyboard, files: Files, paths: dict[Kind, Path | None], ask: set[Kind]
    ) -> None:
        """Args:
        paths: where to export to; None: not at all.
        ask: which of them nobody named, so that the first export asks.
        """
        self.lesson, self.keyboard, self.files = lesson, keyboard, files
        self.paths, self.ask = paths, ask
        self.failures = 0
        """How many commands failed."""

    def run(self) -> None:
        """Until the trainer quits or the input ends; all that was answered is in the log then."""
        question: Question | None = None
        while True:
            try:
                question = self._step(question or self._asked())
            except (EOFError, _Left):
                return
            except KeyboardInterrupt:
                self._show("")
                if isinstance(question, StopOrNot):
                    return
                question = StopOrNot(question or self._asked(), self.lesson.session)

    def _step(self, question: Question) -> Question | None:
        """Ask it, and do what is wanted; returns the next question, if it is known already."""
        if dialog.keys(question):
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
            self.failures += 1
            click.echo(f"recorder: {one_line(str(error))}", err=True)
        return None

    def _do(self, command: Command) -> None:
        """Raises RecorderError; _Left."""
        version = self.lesson.log.version(session_stream(self.lesson.session))
        self._command(command)
        if isinstance(command, _DONE):
            new = (entry for entry in self.lesson.history if entry.record.version >= version)
            replies = [entry.event for entry in new if isinstance(entry.event, BotUttered)]
            if replies:
                self._show(block(replies))
        if self.lesson.warning:
            self._show(self.keyboard.look.paint("warning", f"Warning: {one_line(self.lesson.warning)}"))

    def _command(self, command: Command) -> None:
        lesson, look = self.lesson, self.keyboard.look
        match command:
            case Hear(text=text):
                lesson.hear(text)
            case Confirm():
                lesson.confirm()
            case AcceptRest():
                lesson.accept_rest()
            case Branch():
                lesson.branch()
                self._tell_fork()
            case Act(action=action, place="instead", words=words):
                self._show(screen.chosen(action, look))
                lesson.correct_action(action, words)
            case Act(action=action, words=words):
                self._show(screen.chosen(action, look))
                lesson.insert(action, words)
            case Understand(intent=intent, entities=entities):
                lesson.correct_message(intent, self._found() if entities is None else entities)
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
            case Rewrite(text=text):
                lesson.rewrite(text)
            case Restart():
                lesson.restart()
            case Export(then_quit=then_quit):
                self._export()
                if then_quit:
                    raise _Left
            case Quit():
                raise _Left
            case ShowHistory():
                self._show(screen.history(self._whole(), look))
            case ShowHelp():
                self._show(screen.HELP)
            case AskAgain() | WriteTo():
                pass

    def _tell_fork(self) -> None:
        self._show(f"This is session {one_line(self.lesson.session)} now; the other one is kept.")

    def _show(self, text: str) -> None:
        self.keyboard.show(text)

    # --- what is asked ---

    def _asked(self) -> Question:
        asked = self.lesson.ask()
        match asked:
            case WantsMessage(buttons=buttons):
                return WhatIsSaid(self._scene(), tuple(_buttons(buttons)))
            case WantsValidation(form=form, slot=slot):
                return IsItValidated(self._scene(), form, slot or "")
            case WantsBranch(recorded=recorded, action=action):
                return IsItForked(self._scene(recorded), action)
            case WantsUnderstanding(message=message, understanding=told, recorded=recorded):
                scene = self._scene(recorded, message, also=_names(told))
                return IsItMeant(scene, _shares(told))
            case WantsAction(ranking=ranking, message=message, understanding=told, recorded=recorded):
                scene = self._scene(recorded, message, [name for name, _ in ranking], _names(told))
                return IsItRight(
                    scene, asked.proposed, dict(ranking), _shares(told), message is not None, bool(recorded)
                )

    def _scene(
        self,
        recorded: str | None = None,
        message: UserUttered | None = None,
        ranked: Iterable[str] = (),
        also: Iterable[str] = (),
    ) -> Scene:
        """What there is to know.

        Args:
            recorded: the step that is asked about, where it stands in the log already.
            message: as it is understood by now.
            ranked, also: actions and intents that a model knows, besides those of the domain.
        """
        lesson = self.lesson
        domain = lesson.domain
        history, slots, loop = self._before(recorded) if recorded else self._present()
        history = _with(history, message) if message else history
        said = [event for event in history if isinstance(event, UserUttered)]
        return Scene(
            history=history,
            slots=slots,
            loop=loop,
            actions=tuple(dict.fromkeys((ACTION_LISTEN, ACTION_RESTART, *domain.action_names, *ranked))),
            intents=tuple(dict.fromkeys((*domain.intent_names, *also))),
            responses=frozenset(domain.responses),
            messages=tuple(heard.text for heard in lesson.messages),
            message=said[-1] if said else None,
            session=lesson.session,
        )

    def _present(self) -> tuple[tuple[Event, ...], Mapping[str, Any], str | None]:
        lesson = self.lesson
        return tuple(entry.event for entry in lesson.history), lesson.state.slots, lesson.state.active_loop

    def _before(self, step: str) -> tuple[tuple[Event, ...], Mapping[str, Any], str | None]:
        """As it was when the step was recorded; a message is shown with what it filled."""
        events: list[Event] = []
        for record in self._records():
            if record.id == step and not isinstance(record.event, UserUttered):
                break
            events.append(record.event)
            if record.id == step:
                break
        state = replay(events, self.lesson.domain)
        return tuple(_counting(events)), state.slots, state.active_loop

    def _records(self) -> Sequence[Recorded]:
        return self.lesson.log.read(session_stream(self.lesson.session))

    def _whole(self) -> Scene:
        """With all episodes of the session, as far as they count."""
        told = _counting(record.event for record in self._records())
        return Scene(history=tuple(told), session=self.lesson.session)

    def _found(self) -> tuple[JsonObject, ...]:
        asked = self.lesson.ask()
        message = asked.message if isinstance(asked, WantsAction | WantsUnderstanding) else None
        return message.entities if message else ()

    # --- export ---

    def _export(self) -> None:
        taught = self.lesson.export()
        for reason in taught.left_out:
            self._show(f"left out: {one_line(reason)}")
        counts = self.files.counts(taught)
        if not any(counts.values()):
            self._show("There is nothing to export yet.")
        for kind, count in counts.items():
            if count:
                self._write(kind, count, taught)

    def _write(self, kind: Kind, count: int, taught: Taught) -> None:
        """Write one file, whatever it takes; Ctrl-C and the end of the input leave what was written."""
        path, reason = self.paths[kind], ""
        if path is None and kind not in self.ask:
            self._show(screen.not_written(kind, count))
            return
        while True:
            if reason or kind in self.ask:
                path = self._another(WhichFile(kind, path or screen.DEFAULTS[kind], reason))
            if path is None:
                self._show(screen.not_written(kind, count))
                return
            try:
                done = self.files.write(kind, path, taught)
                break
            except RecorderError as error:
                self.failures += 1
                reason = str(error)
        self.paths[kind] = path
        self.ask.discard(kind)
        for problem in done.problems:
            self._show(f"left out: {one_line(problem)}")
        self._show(screen.written(kind, path, done.count, done.known))

    def _another(self, question: WhichFile) -> Path | None:
        self._show(screen.text_of(question, self.keyboard.look))
        found = dialog.answer(question, self.keyboard.read(question))
        return found.path if isinstance(found, WriteTo) else None


def _names(told: IntentRanked | None) -> list[str]:
    return [name for name, _ in told.ranking] if told else []


def _shares(told: IntentRanked | None) -> Ranking:
    return dict(told.ranking) if told else {}


def _with(history: tuple[Event, ...], message: UserUttered) -> tuple[Event, ...]:
    """The history with its latest message as it is understood by now."""
    at = max((i for i, event in enumerate(history) if isinstance(event, UserUttered)), default=None)
    return history if at is None else (*history[:at], message, *history[at + 1 :])


def _buttons(found: Iterable[JsonObject]) -> Iterator[Button]:
    for button in found:
        if isinstance(button, dict) and button.get("payload"):
            yield Button(str(button.get("title") or ""), str(button["payload"]))


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
