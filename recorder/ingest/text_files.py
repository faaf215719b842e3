"""Sessions in text: JSON lines (a broker's, our own, one tracker a line) and JSON documents.

A file is read twice: once to learn which session stands where, then session by session, so that JSON
lines of any length cost little memory. A document, and a line that holds several sessions, are held
in memory whole.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from recorder.errors import NotationError, SourceUnreadable
from recorder.formats import jsonl
from recorder.formats.json_text import parse
from recorder.ingest.conversations import Conversation, conversations
from recorder.ingest.delivery import Delivery, Part, Recording, Skipped

WHOLE: Final = 0
"""Stands for a line number where the text is the whole file."""


class TextFile:
    """A `Source` of JSON."""

    def __init__(self, file: str, path: Path) -> None:
        """Learn what is where; raises SourceUnreadable where there is no session at all."""
        self.file = file
        self.skipped: list[Skipped] = []
        self._path = path
        self._places: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
        """Session -> number and offset, by turns, of each text that holds something of it."""
        self._kept: dict[int, list[Conversation]] = {}
        for number, offset, text in _texts(path):
            self._learn(number, offset, text)
        if not self._places:
            raise SourceUnreadable(file, _why_nothing(path, self.skipped))

    def sessions(self) -> Iterable[str]:
        return list(self._places)

    def read(self, session: str) -> list[Part]:
        reading = _Reading(self.file, session)
        places = self._places[session]
        try:
            for number, offset in zip(places[::2], places[1::2], strict=True):
                for conversation in self._conversations(number, offset):
                    if conversation.session == session:
                        reading.take(conversation, number or None)
        except (OSError, NotationError) as error:
            reading.broker.skip(None, f"changed while it was read: {error}")
        return reading.parts()

    def _learn(self, number: int, offset: int, text: bytes) -> None:
        try:
            found, problems = conversations(parse(text))
        except NotationError as error:
            found, problems = [], [str(error)]
        self.skipped += [Skipped(self.file, number or None, problem) for problem in problems]
        for session in dict.fromkeys(conversation.session for conversation in found):
            self._places[session].extend((number, offset))
        if len(found) > 1:
            self._kept[offset] = found

    def _conversations(self, number: int, offset: int) -> list[Conversation]:
        if offset in self._kept:
            return self._kept[offset]
        with self._path.open("rb") as file:
            file.seek(offset)
            text = file.read() if number == WHOLE else file.readline()
        return conversations(parse(text))[0]


class _Reading:
    """Collects one session: what a broker sent is one part, and so is every tracker."""

    def __init__(self, file: str, session: str) -> None:
        self._file, self._session = file, session
        self.broker = Recording(file, session, "broker", redelivers=True)
        self._lines = Part(file, "jsonl")
        self._trackers: list[Part] = []

    def parts(self) -> list[Part]:
        return [
            part
            for part in (self.broker.part, self._lines, *self._trackers)
            if part.deliveries or part.skipped
        ]

    def take(self, conversation: Conversation, line: int | None) -> None:
        match conversation.source:
            case "jsonl":
                said = jsonl.from_object(conversation.events[0])
                self._lines.deliveries.append(Delivery(said.event, line, said.actor))
            case "broker":
                self.broker.add(conversation.events[0], line)
            case _:
                tracker = Recording(self._file, self._session, "tracker", redelivers=False)
                for number, event in enumerate(conversation.events, 1):
                    tracker.add(event, line, place=f"event {number}: ")
                self._trackers.append(tracker.part)


def _texts(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """(number, offset, JSON text): one a line; the whole file where it is JSON but its first line is not."""
    if _is_json(_first_line(path)) or not _is_json(whole := path.read_bytes()):
        yield from _lines(path)
    else:
        yield WHOLE, 0, whole


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, offset, line
            offset += len(line)


def _first_line(path: Path) -> bytes:
    return next((line for _, _, line in _lines(path)), b"")


def _is_json(text: bytes) -> bool:
    try:
        parse(text)
    except NotationError:
        return False
    return True


def _why_nothing(path: Path, skipped: list[Skipped]) -> str:
    if not skipped:
        return "it holds no event"
    if _is_json(_first_line(path)):
        return skipped[0].reason
    try:
        parse(path.read_bytes())
    except NotationError as error:
        return str(error)
    return skipped[0].reason
