"""What a source delivers: events of a session in the source's own order, each with a lasting id.

An event of Rasa's has no id, so it gets one made from what it says: from its session, its kind, its
time, its content, and how often the same was said before in that session. Every file that holds the
event gives the same id, which is what makes reading a file twice, or two overlapping ones, harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from recorder.errors import EventNotStorable, NotationError
from recorder.events.codec import encode
from recorder.events.event import JsonObject, NewEvent
from recorder.events.session import Opaque
from recorder.formats.rasa_events import from_rasa, to_rasa

INGEST = "ingest"
"""Actor of the events that Rasa recorded."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way in."""

    event: NewEvent
    """With its id."""
    line: int | None = None
    """Line or row of the file; None where the file has neither."""
    actor: str = INGEST

    @property
    def id(self) -> str:
        return self.event.id or ""

    @property
    def is_opaque(self) -> bool:
        return isinstance(self.event.event, Opaque)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not taken as it is, where it stands, and why. `line` is a row's id in a database."""

    file: str
    line: int | None
    reason: str

    @property
    def place(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of events of one session, as one source has it: several dumps in a file are several parts."""

    file: str
    source: str
    """`rasa-x`, `rasa-sql`, `broker`, `tracker` or `jsonl`."""
    deliveries: list[Delivery] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    review: JsonObject = field(default_factory=dict)
    """What people noted of the session there (Rasa X): `review_status`, `tags`, `flagged` (ids of events)."""


class Source(Protocol):
    """A file that was opened and found to hold sessions. It is only ever read."""

    file: str
    """The path, as the user gave it."""
    skipped: list[Skipped]
    """What could not be used, found when the file was opened."""

    def sessions(self) -> Iterable[str]:
        """Ids of the sessions in it, each once."""
        ...

    def read(self, session: str) -> list[Part]:
        """All that it holds of a session, in the order of the source, never in that of the timestamps."""
        ...


class Recording:
    """Collects the events of one session from one file, and gives them their ids."""

    def __init__(self, file: str, session: str, source: str, *, redelivers: bool) -> None:
        """
        Args:
            redelivers: the source may say the same event again (a broker delivers at least once):
                the same content at the same microsecond is then the same event.
        """
        self.part = Part(file, source)
        self._session, self._redelivers = session, redelivers
        self._said: Counter[bytes] = Counter()

    def add(self, raw: Any, line: int | None, place: str = "") -> str | None:
        """Take an object of Rasa's; returns its id, None for one that was skipped.

        Args:
            place: where in the line it stands, for messages.
        """
        try:
            new, problem = identified(self._session, raw, self._before)
        except (NotationError, EventNotStorable) as error:
            self.skip(line, place + str(error))
            return None
        if problem:
            self.skip(line, place + problem)
        self.part.deliveries.append(Delivery(new, line))
        return new.id

    def skip(self, line: int | None, reason: str) -> None:
        self.part.skipped.append(Skipped(self.part.file, line, reason))

    def _before(self, digest: bytes, occurred_at: datetime | None) -> int:
        before = 0 if self._redelivers and occurred_at else self._said[digest]
        self._said[digest] += 1
        return before


Before = Callable[[bytes, datetime | None], int]
"""How often a session said the same before: digest of what is said, and when."""


def identified(session: str, raw: Any, before: Before) -> tuple[NewEvent, str | None]:
    """An object of Rasa's as an event with its lasting id, and why it was kept as opaque, where it was.

    Raises:
        NotationError: it is no event.
        EventNotStorable: the log would refuse it.
    """
    if not isinstance(raw, dict):
        raise NotationError("not an event: expected an object")
    event, occurred_at, problem = from_rasa(raw)
    said = {key: value for key, value in to_rasa(event, occurred_at).items() if value is not None}
    digest = _digest([session, said])
    identity = lasting_id(digest, occurred_at, before(digest, occurred_at))
    encode(event)
    return NewEvent(event, identity, occurred_at), problem


def lasting_id(digest: bytes, occurred_at: datetime | None, before: int) -> str:
    return event_id(occurred_at, digest + before.to_bytes(8, "big"))


def session_id(session: str, note: JsonObject | None = None) -> str:
    """Id of the event that says where a session came from: one a session, and one for each review noted."""
    return event_id(None, _digest(["session_recorded", session, note]))


TIMELESS: Final = "00000000-0000-8"
"""How the ids of events without a time begin."""


def event_id(occurred_at: datetime | None, content: bytes) -> str:
    """A UUID (version 8) of the content, led by the time: ids that ascend keep the log's index small.

    48 bits of Unix milliseconds (0 without a time, or before 1970), then bits of SHA-256.

    >>> event_id(None, b"hello")
    '00000000-0000-8cf2-8dba-5fb0a30e26e8'
    """
    milliseconds = max(0, int(occurred_at.timestamp() * 1000)) if occurred_at else 0
    bits = int.from_bytes(milliseconds.to_bytes(8, "big")[2:] + sha256(content).digest()[:10], "big")
    bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62
    return str(UUID(int=bits))


def _digest(value: Any) -> bytes:
    try:
        return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
    except TypeError as error:
        raise EventNotStorable(str(error)) from None
