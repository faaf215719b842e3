"""What appends make of a log: finished rows, encrypted and chained. Nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.events.codec import schema_of
from recorder.events.event import Recorded, can_be_forgotten
from recorder.store.chain import digest_of, link_after, notated
from recorder.store.database import End, Row
from recorder.store.keys import MasterKey, new_key, new_nonces, new_salt, seal
from recorder.store.log import Draft, admit


class Stream(NamedTuple):
    """What an append needs to know of a stream."""

    number: int
    digest: bytes
    cipher: AESGCM | None
    version: int
    """How many events it holds."""


@dataclass(slots=True, eq=False)
class Append:
    """One caller's append, on its way through a transaction."""

    stream: str
    batch: Sequence[Draft]
    expected_version: int | None
    actor: str
    others: Sequence[Append] = ()
    """What goes with it, to other streams: all of them, or none."""
    rows: list[Recorded] = field(default_factory=list)
    error: BaseException | None = None


@dataclass(slots=True)
class Growth:
    """What one transaction adds to a log that ends at `end`."""

    end: End
    now: datetime
    streams: Mapping[str, Stream]
    """Those that are there, by name, as far as they are known."""
    stored: dict[str, Recorded] = field(default_factory=dict)
    """What the log has of the appends, by id; what is added, too."""
    begin: Callable[[str], Stream] | None = None
    """Makes a stream that is not known; None: all are."""
    grown: dict[str, Stream] = field(default_factory=dict)
    """Those that were added to, as they are then."""
    rows: list[Row] = field(default_factory=list)
    """What is added to the table of events, in the order of its columns."""

    def take(self, append: Append) -> None:
        """Add one append and what goes with it; raises LogError, and adds nothing then."""
        together = (append, *append.others)
        admitted = [(each, fresh) for each in together if (fresh := self._admit(each))]
        streams = [self._stream(each.stream) or self._begun(each.stream) for each, _ in admitted]
        for (each, fresh), stream in zip(admitted, streams, strict=True):
            self._add(each, stream, fresh)
        for each in together:
            each.rows = [self.stored[draft.id] for draft in each.batch]

    def _admit(self, append: Append) -> list[Draft]:
        stream = self._stream(append.stream)
        return admit(
            append.stream,
            append.batch,
            self.stored,
            version=stream.version if stream else 0,
            expected_version=append.expected_version,
        )

    def _stream(self, name: str) -> Stream | None:
        return self.grown.get(name) or self.streams.get(name)

    def _begun(self, name: str) -> Stream:
        assert self.begin is not None
        return self.begin(name)

    def _add(self, append: Append, stream: Stream, fresh: Sequence[Draft]) -> None:
        (position, link), (number, digest, cipher, begin) = self.end, stream
        name, actor, rows, stored = append.stream, append.actor, self.rows, self.stored
        now, recorded_at = self.now, notated(self.now)
        nonces = new_nonces(len(fresh)) if cipher is not None else []
        for version, draft in enumerate(fresh, begin):
            position += 1
            identity, kind, payload, time = draft.id, draft.type, draft.payload, draft.occurred_at
            if cipher is not None:
                payload = seal(cipher, nonces.pop(), payload, identity.encode())
            occurred_at = recorded_at if time is None else notated(time)
            schema = schema_of(kind)
            columns = (position, number, version, identity, kind, schema, occurred_at, recorded_at, actor)
            link = link_after(link, columns, payload, None if version else digest)
            rows.append((*columns, payload, link))
            stored[identity] = draft.recorded(name, version, position, now, actor)
        self.grown[name] = Stream(number, digest, cipher, begin + len(fresh))
        self.end = End(position, link)


class NewStreams:
    """Makes streams for one transaction, with a key of its own for each that can be forgotten."""

    def __init__(self, last: Callable[[], int], encrypted: bool, master: Callable[[], MasterKey]) -> None:
        """Args: last, master: ask for the highest number that is taken, and for the master key; called
        when the first is made.
        """
        self._last = last
        self._encrypted = encrypted
        self._ask_for_master = master
        self._master: MasterKey | None = None
        self._number: int | None = None
        self.streams: list[Mapping[str, object]] = []
        self.keys: list[Mapping[str, object]] = []
        """Rows of the tables of streams and of their keys."""

    def __call__(self, name: str) -> Stream:
        """Raises KeyUnusable."""
        master = None
        if self._encrypted and can_be_forgotten(name):
            master = self._master = self._master or self._ask_for_master()
        self._number = (self._last() if self._number is None else self._number) + 1
        salt = new_salt()
        digest, cipher = digest_of(salt, name), None
        self.streams.append({"id": self._number, "name": name, "salt": salt, "digest": digest})
        if master is not None:
            wrapped = master.wrap(new_key(), digest)
            self.keys.append({"stream": self._number, "master": master.id, "wrapped": wrapped})
            cipher = master.cipher(wrapped, digest)
        return Stream(self._number, digest, cipher, 0)
