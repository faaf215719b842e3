"""What is wrong with a text that could be read all the same; all of it, not only the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, fit for a user's eyes."""

    file: str
    line: int | None
    """From 1; None: the file as a whole."""
    message: str
    fatal: bool = False
    """The file could not be read at all."""


class Findings:
    """The problems of one file, gathered while it is read."""

    def __init__(self, file: str, problems: Iterable[Problem] = ()) -> None:
        self.file = file
        self._problems = list(problems)

    def add(self, line: int | None, message: str) -> None:
        self._problems.append(Problem(self.file, line, message))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """In the order of their lines."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line or 0))
