"""How the trainer is heard and shown things: a person at a terminal, or lines where there is none."""

from __future__ import annotations

import io
import os
import sys
from typing import Protocol

import click

from recorder.terminal.look import Look
from recorder.terminal.questions import Question


class Keyboard(Protocol):
    @property
    def look(self) -> Look: ...
    def show(self, text: str) -> None: ...
    def forget(self) -> None:
        """What was typed before now answers nothing."""
        ...

    def read(self, question: Question) -> str:
        """The answer; raises EOFError at the end of the input, KeyboardInterrupt at Ctrl-C."""
        ...


def at_hand(*, sort: bool = False) -> Keyboard:
    """Keys where a person sits at a terminal, lines otherwise."""
    is_dumb = os.environ.get("TERM", "dumb") in ("dumb", "unknown")
    if sys.stdin.isatty() and sys.stdout.isatty() and not is_dumb:
        from recorder.terminal.keys import Keys  # what it needs takes a while to import

        return Keys(sort=sort)
    return Lines(sort=sort)


class Lines:
    """Each answer is a line."""

    def __init__(self, *, sort: bool = False) -> None:
        self._look = Look(sort=sort)
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # bytes that are no text must not end the session

    @property
    def look(self) -> Look:
        return self._look

    def show(self, text: str) -> None:
        click.echo(text)

    def forget(self) -> None:
        pass  # the lines of a script are there from the start

    def read(self, question: Question) -> str:
        sys.stdout.flush()
        return input().rstrip("\r")
