"""Verify a log: everything that is stored, held against itself and against checkpoints.

What is found is told apart in `recorder.audit.evidence`. Nothing is written, and appends may go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import DBAPIError

from recorder.audit.checkpoints import frontier, stored
from recorder.audit.evidence import Check, Finding, Findings
from recorder.audit.marks import Held, Marks, check_signatures
from recorder.audit.rows import LOG_REVISION
from recorder.audit.signing import PublicKey
from recorder.audit.storage import check_head, check_pages, check_tables
from recorder.audit.stored_rows import StoredRows, Unreadable
from recorder.audit.streams import FORGETS, Streams
from recorder.audit.walk import Walk
from recorder.errors import DatabaseOutOfDate, DatabaseUnusable, KeyUnusable, LogError
from recorder.events.bookkeeping import CheckpointMade
from recorder.store.chain import FIRST
from recorder.store.database import UNREADABLE, Database, Row, open_database, revision, translated
from recorder.store.key_source import KeySource
from recorder.store.keys import KeyRing
from recorder.store.merkle import Frontier
from recorder.store.sql import SqlLog
from recorder.store.tables import REVISION

_CHECKPOINT: Final = CheckpointMade.type


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong."""

    events: int
    after: int
    """Events up to this position were taken as they are."""
    streams: int
    keys: int
    keys_unchecked: str
    """Why the keys of the streams could not be looked into; empty: they were."""
    checkpoints: int
    """So many fit."""
    unchecked: int
    """Checkpoints that could not be held against the log, because events before them are missing."""
    signatures: int
    """So many are right."""
    seconds: float
    findings: Sequence[Finding]
    counts: Mapping[Check, int]
    """All findings of each check; the first of them are in `findings`."""

    @property
    def is_right(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly, and against what."""

    checkpoints: Mapping[str, CheckpointMade] | None = None
    """Those kept outside, by the names of their files."""
    public_keys: Sequence[PublicKey] = ()
    """Whoever vouches for checkpoints; signatures are looked at when any is given."""
    deep: bool = False
    """Whether every event is decrypted and decoded."""
    first: int = 1
    """Position to begin at: at the last checkpoint below it, if there is one."""


def verify(
    url: str,
    keys: KeySource | None = None,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Look at everything; the log in the database that an SQLAlchemy URL names.

    Args:
        keys: where the master key is; None: beside the database file. Without it the keys of the
            streams are not looked into.
        progress: is told how many events were read, of how many.

    Raises:
        DatabaseUnusable: there is no such database, or it cannot be reached.
        DatabaseOutOfDate: its log is older or newer than this program can read.
        KeyUnusable: `deep`, and there is no master key.
    """
    started, findings = time.perf_counter(), Findings()
    options = options or Options()
    database = open_database(url)
    try:
        if not _is_ours(database, findings):
            return Report(0, 0, 0, 0, "", 0, 0, 0, 0.0, findings.in_order(), dict(findings.counts))
        rows, pages = StoredRows(database), Findings()
        with ThreadPoolExecutor(1) as pool:  # SQLite looks through its pages on the other core
            looking = pool.submit(check_pages, rows, pages)
            check_tables(rows, findings)
            source = (keys or KeySource()).or_beside(url)
            verification = _Verification(rows, findings, options, source)
            verification.run(progress)
            looking.result()
        for each in pages.kept:
            findings.add(each.kind, each.check, each.what)
        return verification.report(time.perf_counter() - started)
    finally:
        database.close()


def _is_ours(database: Database, findings: Findings) -> bool:
    """Whether there is a log to look at; damage may be in the way."""
    try:
        with translated(database.name), database.engine.connect() as connection:
            found = revision(connection, database.name)
    except DatabaseUnusable as error:
        if error.reason not in UNREADABLE:
            raise
        findings.add("damage", "storage", f"The database cannot be read: {error.reason}.")
        return False
    except DBAPIError as error:
        findings.add("damage", "storage", f"The database cannot be read: {error.orig}.")
        return False
    if found is None or not LOG_REVISION <= found <= REVISION:
        raise DatabaseOutOfDate(database.name, found, REVISION)
    return True


class _Verification:
    """One pass, and what looks on."""

    def __init__(self, rows: StoredRows, findings: Findings, options: Options, source: KeySource) -> None:
        self._rows, self._findings, self._options = rows, findings, options
        encrypted, self._last = self._head()
        self._master, self._keys_unchecked = self._master_key(source)
        find = self._master.find if self._master else None
        self._held = [*self._outside(), *self._inside()]
        self._known = {held.position for held in self._held}
        self._streams = Streams(findings, find, encrypted=encrypted)
        start = self._start()
        self._after = start.size
        self._right = 0
        self._marks = Marks([held for held in self._held if held.checkpoint.size > start.size], start)
        self._log = SqlLog(rows.database, self._master) if options.deep else None
        self._walk = self._new_walk()

    def run(self, progress: Callable[[int, int], None] | None) -> None:
        total = max(self._last - self._after, 1)

        def tell(position: int) -> None:
            if progress is not None:
                progress(min(position - self._after, total), total)

        self._walk.run(progress=tell)
        self._walk.close()
        self._streams.close()
        check_head(self._rows, self._findings, self._walk)
        self._marks.close(self._walk.position, self._findings)
        if self._options.public_keys:
            self._check_signatures(self._options.public_keys)

    def _check_signatures(self, keys: Sequence[PublicKey]) -> None:
        right = check_signatures(self._held, keys, self._findings)
        self._right = len(right)
        for key in keys:
            if key.id not in right:
                what = f"Nothing is signed with key {key.id}: no checkpoint was, or those that were are gone."
                self._findings.add("forgery", "signature", what)

    def report(self, seconds: float) -> Report:
        return Report(
            self._walk.position - self._after,
            self._after,
            self._walk.streams,
            self._streams.keys,
            self._keys_unchecked if self._streams.keys else "",
            sum(held.fits is True for held in self._marks.held),
            sum(held.fits is None for held in self._marks.held),
            self._right,
            seconds,
            self._findings.in_order(),
            dict(+self._findings.counts),
        )

    def _head(self) -> tuple[bool, int]:
        """Whether it says that the log is encrypted, and where it ends; what is wrong is told later."""
        try:
            ((encrypted, position, _), *_) = self._rows.ask((self._rows.sql.head, {}))[0] or [(False, 0, b"")]
        except Unreadable:
            return False, 0
        return bool(encrypted), position if isinstance(position, int) else 0

    def _master_key(self, source: KeySource) -> tuple[KeyRing | None, str]:
        try:
            return source.load(), ""
        except KeyUnusable as error:
            if self._options.deep and self._rows.ask((self._rows.sql.masters, {}))[0]:
                raise
            return None, error.reason

    def _outside(self) -> Iterable[Held]:
        for name, checkpoint in (self._options.checkpoints or {}).items():
            yield Held(name, checkpoint)

    def _inside(self) -> Iterable[Held]:
        try:
            found = stored(self._rows)
        except Unreadable:  # the walk says so
            return
        for each in found:
            if each.checkpoint is None:
                what = f"Event {each.position} is no checkpoint, though it says that it is."
                self._findings.add("forgery", "checkpoint", what, each.position)
            else:
                yield Held(f"the checkpoint in event {each.position}", each.checkpoint, each.position)

    def _start(self) -> Frontier:
        """From where it is looked at: the tree of what is taken as it is."""
        before = self._options.first - 1
        below = [held.checkpoint for held in self._held if held.checkpoint.size <= before]
        best = max(below, key=lambda each: each.size, default=None)
        return frontier(best) if best else Frontier(before)

    def _new_walk(self) -> Walk:
        link, begun_before = FIRST, 0
        if self._after:
            found = self._rows.events(self._after - 1, 1)
            link = found[0][10] if found else FIRST
            begun_before = self._rows.ask((self._rows.sql.last_stream, {}))[0][0][0]
        return Walk(
            self._rows,
            self._findings,
            after=self._after,
            link=link,
            begun_before=begun_before,
            leaf=self._marks.add if self._marks.held else None,
            begun=self._streams.begun,
            page=self._page,
        )

    def _page(self, page: list[Row]) -> None:
        kinds = {row[4] for row in page}
        if FORGETS in kinds:
            self._streams.forgotten(row for row in page if row[4] == FORGETS)
        for row in page if _CHECKPOINT in kinds else ():
            if row[4] == _CHECKPOINT and row[0] <= self._last and row[0] not in self._known:
                self._known.add(row[0])
                what = f"Event {row[0]} is a checkpoint that is not in the stream of checkpoints."
                self._findings.add("forgery", "checkpoint", what, row[0], row[1])
        if self._log is not None:
            self._decode(self._log, page)

    def _decode(self, log: SqlLog, page: list[Row]) -> None:
        """Opens every event of the page."""
        try:
            (of,) = self._rows.ask(log.sql.many(log.sql.numbered, list({row[1] for row in page})))
        except Unreadable:  # the streams were told of already
            return
        read = log.reader(of)
        for row in page:
            try:
                _ = read(row).event
            except LogError:
                what = f"Event {row[0]} cannot be opened: what it says is not what was written."
                self._findings.add("forgery", "content", what, row[0], row[1])
