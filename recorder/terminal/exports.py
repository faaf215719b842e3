"""What was taught, added to the trainer's own files: stories, examples, what the domain lacks.

Whatever is in the way of a file, another one is asked for; nothing is written in part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from recorder.errors import RecorderError
from recorder.services import adding
from recorder.teaching.lesson import Lesson
from recorder.teaching.taught import Taught, note
from recorder.terminal import dialog, sayings, screen
from recorder.terminal.commands import WriteTo
from recorder.terminal.keyboard import Keyboard
from recorder.terminal.questions import Kind, WhichFile
from recorder.terminal.words import one_line


class Exports:
    """Where one lesson's exports go."""

    def __init__(
        self, keyboard: Keyboard, paths: Mapping[Kind, Path | None], unnamed: Collection[Kind] = ()
    ) -> None:
        """Args:
        paths: kind -> file; None: none.
        unnamed: the kinds that are asked for when they are written first.
        """
        self._keyboard, self._paths, self._unnamed = keyboard, dict(paths), set(unnamed)
        self.failures = 0
        """How many files could not be written, and no other one in their place."""

    def write(self, lesson: Lesson) -> None:
        """What the lesson has taught so far.

        Raises:
            EOFError, KeyboardInterrupt: nobody names another file; what was written stays.
            LogError: the log refused.
        """
        taught = lesson.export()
        for reason in taught.left_out:
            self._keyboard.show(f"left out: {one_line(reason)}")
        counts = _counts(taught)
        if not any(counts.values()):
            self._keyboard.show("There is nothing to export yet.")
        for kind, count in counts.items():
            if count and (addition := self._written(kind, count, taught)):
                note(lesson.log, lesson.sessions, len(addition.added), addition.after, lesson.annotator)

    def _written(self, kind: Kind, count: int, taught: Taught) -> adding.Addition | None:
        path, reason = self._paths[kind], ""
        while True:
            if reason or kind in self._unnamed:
                path = self._asked(WhichFile(kind, path or sayings.DEFAULTS[kind], reason))
            if path is None:
                self._keyboard.show(sayings.not_written(kind, count))
                return None
            try:
                addition = _addition(kind, path, taught)
                adding.write(addition)
                break
            except RecorderError as error:
                self.failures += not reason
                reason = str(error)
        self.failures -= bool(reason)
        self._paths[kind] = path
        self._unnamed.discard(kind)
        for problem in addition.problems:
            self._keyboard.show(f"left out: {one_line(problem.message)}")
        self._keyboard.show(sayings.written(kind, path, len(addition.added), len(addition.known)))
        return addition

    def _asked(self, question: WhichFile) -> Path | None:
        self._keyboard.show(screen.text_of(question, self._keyboard.look))
        found = dialog.answer(question, self._keyboard.read(question))
        return found.path if isinstance(found, WriteTo) else None


def _counts(taught: Taught) -> dict[Kind, int]:
    new = taught.domain
    named = (new.intents, new.entities, new.slots, new.actions, new.responses, new.forms)
    return {
        "stories": len(taught.stories),
        "examples": len(taught.examples),
        "domain": sum(map(len, named)),
    }


def _addition(kind: Kind, path: Path, taught: Taught) -> adding.Addition:
    match kind:
        case "stories":
            return adding.stories(path, taught.stories)
        case "examples":
            return adding.examples(path, taught.examples)
        case "domain":
            return adding.domain(path, taught.domain)
