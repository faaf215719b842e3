"""A log copied as it is, row by row, from one database of ours to another.

Events go in pages, in their order, links and all: each page is held against the chain, written in one
transaction with the head, and read back before the commit. So the target is at any time the beginning
of the source, and the same copy goes on where an earlier one ended. Streams that were forgotten and
keys that were wrapped anew meanwhile are brought up to date at the end. Read models are not copied:
they are computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, NoReturn

from sqlalchemy import bindparam, func, select, update

from recorder.audit.rows import Rows, open_rows
from recorder.errors import CopyRefused, DatabaseOutOfDate, EventAltered
from recorder.events.bookkeeping import LogCopied
from recorder.events.codec import encode, schema_of
from recorder.events.event import copy_stream
from recorder.store.chain import FIRST, digest_of, link_after, notated
from recorder.store.database import Database, Row, Writer, database_file, shown
from recorder.store.key_source import KeySource
from recorder.store.keys import MasterKey, new_nonces, new_salt, seal
from recorder.store.log import new_id, utc_now
from recorder.store.schema import current, upgrade
from recorder.store.statements import COLUMNS, EVENTS, HEAD
from recorder.store.tables import REVISION
from recorder.upkeep.copied_streams import CopiedStreams

_PAGE: Final = 2_000
"""Events in one transaction."""
_ROUNDS: Final = 2
"""Once to the end of the source, once more for what was appended meanwhile."""

Progress = Callable[[int, int], None]
"""Events that are there, and that there will be."""


@dataclass(slots=True)
class Copied:
    """What a copy did."""

    source: str
    target: str
    position: int = 0
    """The target's last event."""
    link: str = ""
    """Its link, in hexadecimal."""
    events: int = 0
    """Added by this copy; the others were there."""
    forgotten: int = 0
    """Streams that were there and are forgotten now."""
    rewrapped: int = 0
    """Keys that were there and are wrapped anew now."""
    masters: tuple[str, ...] = ()
    """Ids of the master keys that the target needs."""


def silent(done: int, total: int) -> None:
    pass


def copy_log(
    source: str, target: str, *, encrypt: KeySource | None = None, progress: Progress = silent
) -> Copied:
    """Copy the log at one URL to another; a target that is not there yet, or has no schema, is made.

    Args:
        encrypt: make an encrypted log of one that is not; where its master key is, or is to be made.

    Raises:
        CopyRefused: the target is not the beginning of the source.
        EventAltered: the source was tampered with; what comes before that event is copied.
        DatabaseUnusable, DatabaseOutOfDate, KeyUnusable: as `open_log`.
    """
    with closing(open_rows(source)) as rows:
        make_target(target)
        master = encrypt.or_beside(target).make().first if encrypt else None
        with closing(open_rows(target)) as there:
            return copy(rows, there, master=master, whole=encrypt is not None, progress=progress)


def make_target(url: str) -> None:
    """Make the database with its schema where there is none; raises DatabaseOutOfDate."""
    file = database_file(url)
    found = None if file and not file.exists() else current(url)
    if found is None:
        upgrade(url, encrypted=False)  # the copy says whether it is
    elif found != REVISION:
        raise DatabaseOutOfDate(str(file or shown(url)), found, REVISION)


def copy(
    source: Database,
    target: Database,
    *,
    master: MasterKey | None = None,
    whole: bool = False,
    progress: Progress = silent,
) -> Copied:
    """Copy what the target lacks.

    Args:
        master: encrypt all that can be forgotten under this key; needs `whole`.
        whole: into a log without events, in one transaction: all of it, or nothing.
    """
    copying = _Copying(source, target, master, progress)
    with _refusing(source, target):
        if not whole:
            return copying.run(target.appending)
        with target.appending() as writer:
            if held := Rows(target, writer.rows).head().position:
                copying.refuse(f"the target holds {held:,} events already", "Choose a new one.")
            return copying.run(lambda: nullcontext(writer))


@contextmanager
def _refusing(source: Database, target: Database) -> Iterator[None]:
    """What the target's constraints do not take was never in a log."""
    driver = target.engine.dialect.loaded_dbapi
    try:
        yield
    except (driver.IntegrityError, driver.DataError) as error:
        reason = f"the target does not take what is in it ({type(error).__name__})"
        raise CopyRefused(source.name, target.name, reason, "Run `recorder verify`.") from error


class _Copying:
    """One copy on its way."""

    def __init__(
        self, source: Database, target: Database, master: MasterKey | None, progress: Progress
    ) -> None:
        self._source = Rows(source)
        self._target = target
        self._master = master
        self._progress = progress
        self._streams = CopiedStreams(self._source, target, master)
        self._link = FIRST
        """The source's, at the position reached; the target's is another one where it is encrypted."""
        self._done = Copied(source.name, target.name)

    def refuse(self, reason: str, advice: str = "") -> NoReturn:
        raise CopyRefused(self._done.source, self._done.target, reason, advice)

    def run(self, writing: Callable[[], AbstractContextManager[Writer]]) -> Copied:
        done = self._done
        with writing() as writer:
            self._begin(writer)
        for _ in range(_ROUNDS):
            head = self._source.head()
            while done.position < head.position:
                self._page(writing, min(_PAGE, head.position - done.position))
                self._progress(done.position, head.position)
            if self._link != head.link:
                raise EventAltered(done.source, head.position)
        with writing() as writer:
            self._finish(writer)
        return done

    def _begin(self, writer: Writer) -> None:
        """Where to go on; refuses a target that is not the beginning of the source."""
        there, source, ours = Rows(self._target, writer.rows), self._source, self._source.head()
        head = there.head()
        if self._master and (ours.encrypted or source.masters()):
            self.refuse("it is encrypted already", "Leave out --encrypt.")
        if head.position > ours.position:
            self.refuse(f"the target holds {head.position:,} events, the source only {ours.position:,}")
        if source.link(head.position) != head.link:
            self.refuse(f"they differ from event {self._first_difference(there, head.position):,} on")
        self._done.position, self._done.link, self._link = head.position, head.link.hex(), head.link
        if (ours.encrypted or self._master) and not head.encrypted:
            encrypts = update(HEAD).values(encrypted=bindparam("encrypts"))
            writer.run([(str(encrypts.compile(dialect=self._target.dialect)), {"encrypts": True})])

    def _first_difference(self, there: Rows, differs: int) -> int:
        """A link stands for all before it: whatever follows a difference differs."""
        equal = 0
        while differs - equal > 1:
            middle = (equal + differs) // 2
            if there.link(middle) == self._source.link(middle):
                equal = middle
            else:
                differs = middle
        return differs

    def _page(self, writing: Callable[[], AbstractContextManager[Writer]], limit: int) -> None:
        done, source = self._done, self._source
        rows = source.page(done.position, limit)
        if not rows:
            raise EventAltered(done.source, done.position + 1)
        link = source.checked(rows, done.position, self._link)
        with writing() as writer:
            there = Rows(self._target, writer.rows)
            head = there.head()
            if (head.position, head.link.hex()) != (done.position, done.link):
                self.refuse("somebody else writes to the target", "Run it again when nobody does.")
            self._streams.add(writer, max((row[1] for row in rows if row[2] == 0), default=0))
            self._check_versions(there, rows)
            written = self._sealed(there, rows) if self._master else rows
            writer.insert(there.sql.event, COLUMNS, written)
            writer.run([(there.sql.move, {"to": written[-1][0], "by": written[-1][-1]})])
            if there.page(done.position, limit) != written:
                self.refuse("what was written reads otherwise", "Is the target's disk sound?")
        self._link = link
        self._reach(written)

    def _check_versions(self, there: Rows, rows: Sequence[Row]) -> None:
        """A stream's events are counted without gaps."""
        versions = there.versions({row[1] for row in rows})
        for position, stream, version, *_ in rows:
            if versions.get(stream) != version:
                raise EventAltered(self._done.source, position)
            versions[stream] += 1

    def _sealed(self, there: Rows, rows: Sequence[Row]) -> list[Row]:
        """The rows with their payloads encrypted where the target's stream has a key, chained anew."""
        assert self._master is not None
        streams = there.numbered({row[1] for row in rows})
        link, sealed = bytes.fromhex(self._done.link), []
        for row, nonce in zip(rows, new_nonces(len(rows)), strict=True):
            _, _, digest, _, wrapped = streams[row[1]]
            payload = row[9]
            if wrapped is not None:
                payload = seal(self._master.cipher(wrapped, digest), nonce, payload, row[3].encode())
            link = link_after(link, row[:9], payload, None if row[2] else digest)
            sealed.append((*row[:9], payload, link))
        return sealed

    def _reach(self, rows: Sequence[Row]) -> None:
        self._done.position, self._done.link = rows[-1][0], rows[-1][-1].hex()
        self._done.events += len(rows)

    def _finish(self, writer: Writer) -> None:
        done, there = self._done, Rows(self._target, writer.rows)
        self._streams.settle(writer)
        done.forgotten, done.rewrapped = self._streams.forgotten, self._streams.rewrapped
        if done.events == done.position:  # a new copy
            count = select(func.count()).select_from(EVENTS).compile(dialect=self._target.dialect)
            if writer.rows([(str(count), {})])[0][0][0] != done.position:
                self.refuse("the target holds events beyond its head", "Choose a new one.")
        if self._master:
            self._record(writer, there)
        done.masters = tuple(there.masters())

    def _record(self, writer: Writer, there: Rows) -> None:
        """Say in the new log which one it was made from."""
        position, link = self._done.position, bytes.fromhex(self._done.link)
        number, name, salt = there.last_stream() + 1, copy_stream(self._link.hex()[:16]), new_salt()
        digest, kind, now = digest_of(salt, name), LogCopied.type, notated(utc_now())
        event = encode(LogCopied(position, self._link.hex()))
        columns = (position + 1, number, 0, new_id(), kind, schema_of(kind), now, now, "copy")
        row = (*columns, event, link_after(link, columns, event, digest))
        writer.run([(there.sql.stream, {"id": number, "name": name, "salt": salt, "digest": digest})])
        writer.insert(there.sql.event, COLUMNS, [row])
        writer.run([(there.sql.move, {"to": row[0], "by": row[-1]})])
        self._reach([row])
