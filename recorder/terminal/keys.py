"""A person at a terminal: one key at a menu, elsewhere a line that can be edited and completed.

What was typed before a menu was there is thrown away, and a key counts only once nothing has followed it
for a moment: so a sentence that was meant as a message, typed ahead or pasted, answers no question.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import termios
from collections.abc import Callable, Iterator
from typing import Any, Final

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_session
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.input.typeahead import clear_typeahead
from rich.console import Console
from rich.text import Text

from recorder.terminal import dialog, letters
from recorder.terminal.look import Look
from recorder.terminal.questions import Question, WhatIsSaid

ALONE: Final = 0.12
"""Seconds for which nothing must follow a key, for it to be an answer."""
_COLOURS: Final = {"action": "bright_blue", "message": "bright_green", "value": "bright_yellow"}
"""Rasa Core's; all else is a warning."""
_ROOM: Final = 6
"""Lines kept free below the prompt for what may be chosen."""


class Keys:
    def __init__(self, *, sort: bool = False) -> None:
        self._sort = sort
        self._sessions: dict[type[Question], PromptSession[str]] = {}

    @property
    def look(self) -> Look:
        return Look(_paint, shutil.get_terminal_size().columns, self._sort)

    def show(self, text: str) -> None:
        """Lines are broken between words."""
        Console(highlight=False).print(Text.from_ansi(text))

    def forget(self) -> None:
        terminal = get_app_session().input
        clear_typeahead(terminal)
        termios.tcflush(terminal.fileno(), termios.TCIFLUSH)

    def read(self, question: Question) -> str:
        session = self._session(type(question))
        choices = _Choices(question) if dialog.suggestions(question) else None
        session.completer, session.reserve_space_for_menu = choices, _ROOM if choices else 0
        taken = _taken_alone(session, letters.keys(question))
        session.default_buffer.on_text_changed += taken
        try:
            return session.prompt("> ", default=dialog.draft(question))
        finally:
            session.default_buffer.on_text_changed -= taken

    def _session(self, kind: type[Question]) -> PromptSession[str]:
        """One for each kind of question, so that the arrows bring back what was said to that kind."""
        if kind not in self._sessions:
            self._sessions[kind] = PromptSession()
        return self._sessions[kind]


class _Choices(Completer):
    """The names that what was typed is a part of, with their probabilities."""

    def __init__(self, question: Question) -> None:
        self._names = dialog.suggestions(question)
        self._after_slash = isinstance(question, WhatIsSaid)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        typed = document.text_before_cursor.lstrip()
        if self._after_slash and not typed.startswith("/"):
            return
        for name, share in self._names:
            if typed.lower() in name.lower():
                about = "" if share is None else f"{share:.2f}"
                yield Completion(name, -len(typed), display_meta=about)


def _taken_alone(session: PromptSession[str], keys: str) -> Callable[[Any], None]:
    """Accepts the line when it is one of the keys and has stayed so for a moment."""

    async def wait(key: str) -> None:
        await asyncio.sleep(ALONE)
        if session.app.is_running and not session.app.is_done and session.default_buffer.text == key:
            session.default_buffer.validate_and_handle()

    def changed(_: object) -> None:
        text = session.default_buffer.text
        if len(text) == 1 and text in keys:
            session.app.create_background_task(wait(text))

    return changed


def _paint(role: str, text: str) -> str:
    if os.environ.get("NO_COLOR"):
        return text
    return click.style(text, fg=_COLOURS.get(role, "bright_red"))
