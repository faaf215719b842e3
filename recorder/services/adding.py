"""What was taught, added to files that the user has: what would be written first, then the writing.

    addition = adding.stories(path, taught)      # reads, writes nothing
    addition.problems, addition.added            # for whoever wants to look
    adding.write(addition)                       # the file as it was, or all of it

Every byte of the file stays. A file that is not there yet is written as `recorder export` would.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from recorder.dialogue.domain import Domain
from recorder.dialogue.nlu import Example
from recorder.errors import NotationError, OutputChanged, OutputUnwritable
from recorder.formats import appending_domain, appending_examples, appending_stories
from recorder.formats.appending import Appended
from recorder.formats.problems import Problem
from recorder.store.drafts import alone_in, drafting, settle, sweep, write_through
from recorder.stories.story import Story


@dataclass(frozen=True, slots=True)
class Addition:
    """What a file would become."""

    path: Path
    before: bytes | None
    """What it held when it was read; None: there was no such file."""
    after: bytes
    added: tuple[str, ...] = ()
    """What is new in it: names of stories, marked examples, or names with what they are (`intent greet`)."""
    known: tuple[str, ...] = ()
    """What it had already."""
    problems: tuple[Problem, ...] = ()
    """What could not be added, and why."""


def stories(
    path: Path,
    taught: Sequence[Story],
    comments: Mapping[str, str] | None = None,
    *,
    onto: Addition | None = None,
) -> Addition:
    """Stories for a file of stories: Markdown where its name ends in `.md`, else YAML.

    Args:
        comments: name of a story -> what to write on a line above it.
        onto: what is to be added to the same file besides; both become one.

    Raises:
        NotationError: the file is not what it should be; with file and line.
        OutputUnwritable: it cannot be read, or there is no such folder.
    """
    return _planned(path, onto, lambda text: appending_stories.append(text, str(path), taught, comments))


def examples(path: Path, taught: Sequence[Example], *, onto: Addition | None = None) -> Addition:
    """Examples for a file of NLU data: by its name in Markdown, in legacy JSON, else in YAML.

    Those that contradict what is there are problems. Raises as `stories`.
    """
    return _planned(path, onto, lambda text: appending_examples.append(text, str(path), taught))


def domain(path: Path, additions: Domain, *, onto: Addition | None = None) -> Addition:
    """What a domain lacks (see `recorder.stories.additions`), for its file.

    What is there and is another one stays, and is a problem. Raises as `stories`.
    """
    return _planned(path, onto, lambda text: appending_domain.append(text, str(path), additions))


def write(addition: Addition) -> None:
    """Write the file, whole or not at all; nothing is written where there is nothing new.

    Links are followed, and who may read and write it stays as it is.

    Raises:
        OutputChanged: it is not as it was read.
        OutputUnwritable: no room, no rights.
    """
    if not addition.added:
        return
    try:
        _write(addition, Path(os.path.realpath(addition.path)))
    except OSError as error:
        raise OutputUnwritable(addition.path, error.strerror or str(error)) from error


def _planned(path: Path, onto: Addition | None, append: Callable[[str], Appended]) -> Addition:
    base = onto or _untouched(path)
    found = append(_decoded(path, base.after))
    try:
        after = found.text.encode()
    except UnicodeEncodeError:
        raise NotationError("half of a character cannot be written", file=path) from None
    return replace(
        base,
        after=after,
        added=base.added + found.added,
        known=base.known + found.known,
        problems=base.problems + found.problems,
    )


def _untouched(path: Path) -> Addition:
    before = _read(path)
    return Addition(path, before, before or b"")


def _read(path: Path) -> bytes | None:
    """None where there is no such file yet; raises OutputUnwritable."""
    try:
        place = Path(os.path.realpath(path))
        if not place.parent.is_dir():
            raise OutputUnwritable(path, "there is no such folder")
        if place.is_dir():
            raise OutputUnwritable(path, "it is a folder")
        if place.exists() and not place.is_file():
            raise OutputUnwritable(path, "it is no ordinary file")
        return place.read_bytes() if place.exists() else None
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise OutputUnwritable(path, getattr(error, "strerror", None) or str(error)) from error


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 text: byte 0x{content[error.start]:02x}"
        raise NotationError(message, file=path, line=line) from None


def _write(addition: Addition, place: Path) -> None:
    folder = place.parent
    with alone_in(folder), drafting(folder) as drafts:
        draft = drafts / place.name
        write_through(draft, addition.after)
        about = _as_it_was(addition, place)
        if about is not None:
            with suppress(PermissionError):
                os.chown(draft, about.st_uid, about.st_gid)
            draft.chmod(stat.S_IMODE(about.st_mode))
        draft.replace(place)
        settle(folder)
    sweep(folder)


def _as_it_was(addition: Addition, place: Path) -> os.stat_result | None:
    """About the file that is replaced; raises OutputChanged where it is another one by now."""
    try:
        if not os.access(place, os.W_OK) and place.exists():
            raise OutputUnwritable(addition.path, "it may not be written to")
        about, content = place.stat(), place.read_bytes()
    except FileNotFoundError:
        about, content = None, None
    if content != addition.before:
        raise OutputChanged(addition.path)
    return about
