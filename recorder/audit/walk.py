"""One pass over the log in the order of positions: the chain, the versions, and who looks on.

Memory stays flat: a page of rows, and four bytes for each stream.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Final

from recorder.audit.diagnosis import AHEAD, Placed, Suspect, diagnose, told
from recorder.audit.evidence import Findings
from recorder.audit.rows import Stream
from recorder.audit.stored_rows import StoredRows, Unread, Unreadable, canonical, leaf_at
from recorder.store.chain import FIRST, link_after, link_of
from recorder.store.database import Row

Progress = Callable[[int], None]
"""Is told the position that was reached."""

_SUSPECTS: Final = 100
"""Places where the chain breaks that are looked into; the others are counted."""
_STREAMS: Final = 1_000_000
"""A stream whose number is so far above all others has not begun in its turn."""
_VERSIONS: Final = 2**31 - 1
_UNKNOWN: Final = -1


class Walk:
    """Where the pass is. What is wrong goes to `findings`; after a break it goes on from what is stored."""

    def __init__(
        self,
        rows: StoredRows,
        findings: Findings,
        *,
        after: int = 0,
        link: bytes = FIRST,
        begun_before: int = 0,
        leaf: Callable[[bytes], None] | None = None,
        begun: Callable[[Row, Stream], None] | None = None,
        page: Callable[[list[Row]], None] | None = None,
    ) -> None:
        """Args:
        after, link: where it begins: behind this position, which has this link.
        begun_before: streams up to this number may have begun there; their versions are not known.
        leaf: is told each leaf, as long as none is missing.
        begun: is told the first event of each stream, with its stream.
        page: is told the rows as they are stored.
        """
        self.position, self.link = after, link
        self.streams = 0
        self.is_whole = True
        """Whether every event was there, so that the leaves are the log's."""
        self._rows, self._findings = rows, findings
        self._leaf, self._begun, self._page = leaf, begun, page
        self._versions = array("i", [_UNKNOWN]) * (begun_before + 1)
        self._shift = 0
        self._skip = 0
        self._unread: str | None = None
        self._suspects: list[Suspect] = []
        self._suspected = 0

    def run(self, until: int | None = None, progress: Progress | None = None) -> None:
        """To a position, or to the end of the log."""
        for page in self._rows.pages(self.position - self._shift, until):
            if isinstance(page, Unread):
                self._unread = page.reason
                continue
            if self._page is not None:
                self._page(page)
            self._go(canonical(page))
            if progress is not None:
                progress(self.position)
        if self._unread is not None:
            self._unreadable(None)

    def close(self) -> None:
        """Says what was found at the breaks."""
        for suspect in told(self._suspects):
            if not suspect.what:
                continue
            row = suspect.placed.row if suspect.placed else None
            if row is None:
                self._findings.add("forgery", "event", suspect.what, suspect.at)
            else:
                what = f"Event {row[0]} does not follow from the one before: {suspect.what}."
                self._findings.add("forgery", "event", what, row[0], row[1])
        self._findings.counts["event"] += self._suspected - len(self._suspects)
        self._suspects.clear()
        self._suspected = 0

    def _go(self, page: list[Row]) -> None:
        streams, versions = self._streams_of(page), self._versions
        position, link, shift = self.position, self.link, self._shift
        tell = self._leaf if self.is_whole else None
        for row in page:
            at, number, version = row[:3]
            digest = None if version else _digest(streams, number)
            try:
                if tell is None:
                    columns = (at + shift, *row[1:9]) if shift else row[:9]
                    linked = link_after(link, columns, row[9], digest)
                else:
                    leaf = leaf_at(row, at + shift, digest)
                    linked = link_of(link, leaf)
                follows = linked == row[10] and at + shift == position + 1
            except TypeError:  # a value that no row can have
                follows = False
            if follows:
                position, link = position + 1, row[10]
                if tell is not None:
                    tell(leaf)
            else:
                self.position, self.link = position, link
                is_ours = self._broken(row, digest)
                position, link, shift = self.position, self.link, self._shift
                tell = self._leaf if self.is_whole else None
                if not is_ours:
                    continue
            if not version:
                self._first(row, streams)
            elif number.__class__ is int and 0 < number < len(versions) and versions[number] == version:
                versions[number] += 1
            else:
                self._version(row)
        self.position, self.link = position, link

    def _streams_of(self, page: list[Row]) -> Mapping[int, Stream]:
        """Of those that begin in the page."""
        streams, unread = self._rows.streams({row[1] for row in page if row[2] == 0})
        for number in unread:
            self._findings.add("damage", "stream", f"Stream {number} cannot be read.", None, number)
        return streams

    def _broken(self, row: Row, digest: bytes | None) -> bool:
        """Looks into a row that does not follow; returns whether it belongs to the log."""
        position = row[0] + self._shift
        if self._skip:
            self._skip -= 1
            return False
        if self._unread is not None and position > self.position + 1:
            self._unreadable(row)
            return True
        if position <= self.position:
            self._findings.add("forgery", "event", f"Position {row[0]} is there twice.", row[0], row[1])
            return False
        placed = Placed(row, digest)
        if position > self.position + 1:
            self._gap(placed)
            return True
        return self._contradiction(placed)

    def _unreadable(self, row: Row | None) -> None:
        first = self.position + 1 - self._shift
        span = f"Events from {first} on" if row is None else _span(first, row[0] - 1)
        self._findings.add("damage", "event", f"{span} cannot be read: {self._unread}.", first)
        self._unread = None
        self.is_whole = False
        if row is not None:
            self.position, self.link = row[0] + self._shift, row[10]

    def _gap(self, placed: Placed) -> None:
        row, at = placed.row, self.position + 1
        if placed.follows(self.link, at):
            by = row[0] + self._shift - at
            what = f"Events from {at} on stand {by} positions too high; none is missing."
            self._suspect(Suspect(at, self.link, what))
            self._shift -= by
            self.position, self.link = at, placed.link
            self._tell(placed)
            return
        what = f"{_span(at - self._shift, row[0] - 1)} {'was' if row[0] - 1 == at else 'were'} removed."
        self._suspect(Suspect(at, self.link, what))
        self._suspect(Suspect(row[0] + self._shift, self.link, "", placed))
        self.position, self.link = row[0] + self._shift, placed.link
        self.is_whole = False

    def _contradiction(self, placed: Placed) -> bool:
        row, at = placed.row, self.position + 1
        if self._suspected >= _SUSPECTS:  # no more is said of any, so none is looked into
            self._suspected += 1
            self.position, self.link, self.is_whole = at, placed.link, False
            return True
        found = diagnose(self.link, at, placed, self._ahead(row), self._head())
        self._suspect(Suspect(at, self.link, found.what, placed))
        self._shift += found.shift
        if found.skip:
            self._skip = found.skip - 1
            return False
        self.position, self.link = at + found.shift, found.link
        if found.is_whole and not found.shift:
            self._tell(placed)
        else:
            self.is_whole = False
        return True

    def _tell(self, placed: Placed) -> None:
        if self._leaf is not None and self.is_whole:
            self._leaf(leaf_at(placed.row, self.position, placed.digest))

    def _suspect(self, suspect: Suspect) -> None:
        if self._suspected < _SUSPECTS:
            self._suspects.append(suspect)
        self._suspected += 1

    def _ahead(self, row: Row) -> list[Placed]:
        try:
            rows = canonical(self._rows.events(row[0], AHEAD))
        except Unreadable:
            return []
        streams, _ = self._rows.streams({row[1] for row in rows if row[2] == 0})
        return [Placed(each, _digest(streams, each[1]) if each[2] == 0 else None) for each in rows]

    def _head(self) -> bytes | None:
        try:
            return next((link for _, _, link in self._rows.ask((self._rows.sql.head, {}))[0]), None)
        except Unreadable:
            return None

    def _first(self, row: Row, streams: Mapping[int, Stream]) -> None:
        self.streams += 1
        if not self._version(row):
            return
        stream = streams.get(row[1])
        if stream is None:
            self._findings.add("forgery", "stream", f"Stream {row[1]} has no name.", row[0], row[1])
        elif self._begun is not None:
            self._begun(row, stream)

    def _version(self, row: Row) -> bool:
        """Holds the version against what the stream has come to; returns whether there can be such."""
        number, version = row[1], row[2]
        if not (
            _is_among(number, range(1, len(self._versions) + _STREAMS))
            and _is_among(version, range(_VERSIONS))
        ):
            what = f"Event {row[0]} is version {version} of stream {number}, which cannot be."
            self._findings.add("forgery", "version", what, row[0])
            return False
        self._versions.extend([0] * (number + 1 - len(self._versions)))
        due = self._versions[number]
        if due not in (_UNKNOWN, version):
            what = f"Event {row[0]} is version {version} of stream {number}, where {due} was due."
            self._findings.add("forgery", "version", what, row[0], number)
        self._versions[number] = version + 1
        return True


def _is_among(value: object, numbers: range) -> bool:
    return isinstance(value, int) and value in numbers


def _digest(streams: Mapping[int, Stream], number: int) -> bytes | None:
    stream = streams.get(number)
    return stream.digest if stream is not None and isinstance(stream.digest, bytes) else None


def _span(first: int, last: int) -> str:
    return f"Event {first}" if first == last else f"Events {first} to {last}"
