"""How the trainer is heard: by keys in a terminal, by lines where standard input is none."""

from __future__ import annotations

import io
import sys
from typing import Protocol

from recorder.terminal.questions import Question
from recorder.terminal.screen import Look


class Keyboard(Protocol):
    @property
    def look(self) -> Look: ...
    def read(self, question: Question) -> str:
        """The answer; raises EOFError at the end of the input, KeyboardInterrupt at Ctrl-C."""
        ...


def at_hand(*, sort: bool = False) -> Keyboard:
    """Keys where a person sits at a terminal, lines otherwise."""
    if sys.stdin.isatty() and sys.stdout.isatty():
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

    def read(self, question: Question) -> str:
        sys.stdout.flush()
        return input().rstrip("\r")
