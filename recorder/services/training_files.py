"""Read what teaches an assistant from files and folders: domains, NLU data, stories, rules, tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Final

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import NluData
from recorder.errors import NotationError
from recorder.formats import training_text
from recorder.formats.problems import Problem
from recorder.formats.training_text import Content
from recorder.stories.story import Rule, Story

SUFFIXES: Final = (".yml", ".yaml", ".md", ".markdown", ".json")
"""Files that are looked into in a folder."""


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """One file and what it holds; an unreadable one holds only its problem."""

    path: str
    content: Content


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """All files, in the order of the paths, within a folder by name."""

    files: tuple[TrainingFile, ...] = ()
    missing: tuple[Problem, ...] = ()
    """Paths at which there is nothing to read."""

    @property
    def domain(self) -> Domain | None:
        """All domains merged, the first definition of a name kept; None when there is none."""
        return merged(file.content for file in self.files)

    @property
    def nlu(self) -> NluData:
        found = [file.content.nlu for file in self.files if file.content.nlu]
        return reduce(NluData.merge, found, NluData())

    @property
    def stories(self) -> tuple[Story, ...]:
        """Those to train with."""
        return tuple(story for file in self.files for story in file.content.stories if not story.is_test)

    @property
    def tests(self) -> tuple[Story, ...]:
        return tuple(story for file in self.files for story in file.content.stories if story.is_test)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for file in self.files for rule in file.content.rules)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those of reading; by file, then by line."""
        return (*self.missing, *(problem for file in self.files for problem in file.content.problems))

    @property
    def unreadable(self) -> tuple[Problem, ...]:
        """Why a path or a file could not be read at all."""
        return tuple(problem for problem in self.problems if problem.fatal)


def read(paths: Iterable[str | Path]) -> TrainingFiles:
    """Read files, and all files below folders; what cannot be read is a problem, never an exception.

    In a folder, files that hold nothing of this (a pipeline's configuration, a README) are passed over.
    """
    files: list[TrainingFile] = []
    missing: list[Problem] = []
    seen: set[str] = set()
    for path in map(Path, paths):
        found = list(_below(path)) if path.is_dir() else [path]
        if path.is_dir() and not found:
            missing.append(Problem(str(path), None, "nothing to read in this folder", fatal=True))
        for file in found:
            if (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                files += _file(file, is_named=file == path)
    return TrainingFiles(_knowing_the_domain(files), tuple(missing))


def merged(contents: Iterable[Content]) -> Domain | None:
    domains = [content.domain for content in contents if content.domain]
    return reduce(Domain.merge, domains) if domains else None


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if name.lower().endswith(SUFFIXES))


def _file(path: Path, *, is_named: bool) -> list[TrainingFile]:
    name = str(path)
    try:
        content = training_text.read(_text(path), name)
    except NotationError as error:
        return [TrainingFile(name, _only(Problem(name, error.line, error.message, fatal=True)))]
    except OSError as error:
        reason = error.strerror or str(error)
        return [TrainingFile(name, _only(Problem(name, None, f"cannot be read: {reason}", fatal=True)))]
    if content.is_known:
        return [TrainingFile(name, content)]
    nothing = Problem(name, None, "holds no domain, NLU data, stories or rules")
    return [TrainingFile(name, _only(nothing))] if is_named else []


def _only(problem: Problem) -> Content:
    return Content(problems=(problem,), is_known=False)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 text: byte 0x{data[error.start]:02x}"
        raise NotationError(message, file=path, line=line) from None


def _knowing_the_domain(files: list[TrainingFile]) -> tuple[TrainingFile, ...]:
    """The stories read again where a domain says what their slots are filled with."""
    domain = merged(file.content for file in files)
    if domain is None or not any(slot.type == "list" for slot in domain.slots):
        return tuple(files)
    return tuple(
        replace(file, content=training_text.with_domain(file.content, domain))
        if file.content.stories
        else file
        for file in files
    )
