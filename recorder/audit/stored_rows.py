"""The log's rows as they are stored, whatever state they are in: for those who look for what is wrong.

`recorder.audit.rows` is for those who need them to be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recorder.audit.rows import Stream
from recorder.errors import DatabaseUnusable
from recorder.store.chain import leaf_of, notated
from recorder.store.database import UNREADABLE, Database, Query, Row
from recorder.store.statements import Statements, statements

_PAGE: Final = 1_000
_PATIENCE: Final = 100_000
"""Events in a row that cannot be read, until the rest is given up."""


class Unreadable(Exception):
    """The storage cannot give what it was asked for."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands in for an event that cannot be read."""

    reason: str


class StoredRows:
    """What is in the tables of the log."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sql: Statements = statements(database.dialect, database.row_dialect)
        self._driver_error: type[Exception] = database.engine.dialect.loaded_dbapi.Error

    def ask(self, *queries: Query) -> list[list[Row]]:
        """The rows of each query. Raises Unreadable; DatabaseUnusable where that is not to blame."""
        try:
            return self.database.read(queries)
        except DatabaseUnusable as error:
            if error.reason not in UNREADABLE:
                raise
            raise Unreadable(error.reason) from error
        except self._driver_error as error:  # a table that is not what it was, a value that is none
            raise Unreadable(str(error).strip().split("\n")[0]) from error

    def pages(self, after: int, until: int | None = None) -> Iterator[list[Row] | Unread]:
        """Events above a position in their order; their times are not yet `canonical`."""
        limit, skipped, last = _PAGE, 0, -1
        while until is None or after < until:
            wanted = limit if until is None else min(limit, until - after)
            try:
                page = self.events(after, wanted)
            except Unreadable as error:
                if limit > 1:
                    limit //= 10
                    continue
                after, skipped = after + 1, skipped + 1
                yield Unread(str(error))
                last = last if last >= 0 else self._last()
                if skipped > _PATIENCE or after >= last:
                    return
                continue
            if not page:
                return
            yield page
            after, skipped, limit = page[-1][0], 0, min(limit * 10, _PAGE)

    def events(self, after: int, limit: int) -> list[Row]:
        """At most so many events above a position; raises Unreadable."""
        (page,) = self.ask((self.sql.all, {"after": after, "limit": limit}))
        positions = [row[0] for row in page]
        if positions and (positions[0] <= after or positions != sorted(positions)):
            raise Unreadable("the index of their positions is damaged")
        return page

    def _last(self) -> int:
        """The highest position that anything speaks of."""
        found = [0]
        for query in ("SELECT position FROM log_head", "SELECT max(position) FROM events"):
            with suppress(Unreadable):
                found += [row[0] for row in self.ask((query, {}))[0] if isinstance(row[0], int)]
        return max(found)

    def streams(self, numbers: Collection[object]) -> tuple[dict[int, Stream], list[int]]:
        """Those of the streams that are there, and those that cannot be read."""
        wanted = [number for number in numbers if isinstance(number, int)]
        try:
            (rows,) = self.ask(self.sql.many(self.sql.salted, wanted)) if wanted else [[]]
        except Unreadable:
            if len(wanted) == 1:
                return {}, wanted
            found: dict[int, Stream] = {}
            unread: list[int] = []
            for number in wanted:
                one, none = self.streams([number])
                found |= one
                unread += none
            return found, unread
        return {row[0]: Stream(*row) for row in rows}, []


def canonical(page: list[Row]) -> list[Row]:
    """The rows with their times as the chain has them; SQLite stores them so."""
    if not page or not isinstance(page[0][6], datetime):
        return page
    return [(*row[:6], _notated(row[6]), _notated(row[7]), *row[8:]) for row in page]


def _notated(time: object) -> object:
    return notated(time) if isinstance(time, datetime) else time


def leaf_at(row: Row, at: int, digest: bytes | None) -> bytes:
    """The leaf that a canonical row has at a position. Raises TypeError where it holds what no row can."""
    _, stream, version, identity, kind, schema, occurred_at, recorded_at, actor, payload, _ = row
    return leaf_of(
        at, stream, version, identity, kind, schema, occurred_at, recorded_at, actor, payload, digest
    )
