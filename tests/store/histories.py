"""What clients of a log did and were told, and whether a log that keeps its promises allows it.

In the spirit of Jepsen: every client writes down what it asks for before it asks, and what came of it
afterwards. `check` holds all of that against the log as it is in the end. Pure; times are nanoseconds of
one clock that all clients share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import orjson

Outcome = Literal["acknowledged", "failed", "unknown"]


class Row(NamedTuple):
    """An event as somebody read it."""

    position: int
    stream: str
    version: int
    id: str
    text: str


@dataclass(slots=True)
class Operation:
    """One append. `failed` is certain not to be written; `unknown` may be, whoever was killed included."""

    stream: str
    events: list[tuple[str, str]]
    """(id, text)."""
    expected: int | None
    invoked: int
    outcome: Outcome = "unknown"
    ended: int | None = None
    reason: str = ""
    rows: list[tuple[int, int]] = field(default_factory=list)
    """(position, version) of each event, as it was acknowledged."""


@dataclass(slots=True)
class History:
    """What one client wrote down."""

    operations: dict[int, Operation] = field(default_factory=dict)
    """In the order in which they were invoked."""
    seen: list[Row] = field(default_factory=list)
    """What a follower was given, over all its lives."""


class Violation(NamedTuple):
    kind: str
    what: str


def parse(lines: Iterable[bytes]) -> History:
    """The history in a file: one JSON array a line."""
    history = History()
    for line in lines:
        kind, *rest = orjson.loads(line)
        if kind == "seen":
            history.seen += [Row(*row) for row in rest[0]]
        elif kind == "invoked":
            number, at, stream, events, expected = rest
            history.operations[number] = Operation(stream, [(i, t) for i, t in events], expected, at)
        else:
            _end(history.operations[rest[0]], kind, *rest[1:])
    return history


def _end(operation: Operation, outcome: Outcome, at: int, said: Any) -> None:
    operation.outcome, operation.ended = outcome, at
    if outcome == "acknowledged":
        operation.rows = [(position, version) for position, version in said]
    else:
        operation.reason = said


def check(
    operations: Sequence[Operation], log: Sequence[Row], followers: Mapping[str, Sequence[Row]]
) -> list[Violation]:
    """All that a log with these clients must not do, and did.

    Args:
        log: everything in it, as it is read when all clients are done.
        followers: what each was given, from the beginning of the log to its end.
    """
    found = [*_log(log), *_writes(operations, log), *_order(operations, log)]
    for name, seen in followers.items():
        found += _follower(name, seen, log)
    return found


def _log(log: Sequence[Row]) -> Iterable[Violation]:
    for identity, count in Counter(row.id for row in log).items():
        if count > 1:
            yield Violation("doubled", f"{identity} stands {count} times in the log")
    for number, row in enumerate(log, 1):
        if row.position != number:
            yield Violation("gap", f"position {row.position} stands where {number} belongs")
            break
    versions: defaultdict[str, int] = defaultdict(int)
    for row in log:
        if row.version != versions[row.stream]:
            yield Violation("gap", f"{row.id} is version {row.version}, not {versions[row.stream]}")
        versions[row.stream] = row.version + 1


def _writes(operations: Sequence[Operation], log: Sequence[Row]) -> Iterable[Violation]:
    by_id = {row.id: row for row in log}
    possible = {
        (each.stream, *event) for each in operations if each.outcome != "failed" for event in each.events
    }
    tried = {(each.stream, *event) for each in operations for event in each.events}
    for row in log:
        said = (row.stream, row.id, row.text)
        if said not in tried:
            yield Violation("phantom", f"nobody wrote {row}")
        elif said not in possible:
            yield Violation("failed but written", f"{row}")
    for operation in operations:
        if operation.outcome == "acknowledged":
            yield from _acknowledged(operation, by_id)
        if operation.outcome != "failed":
            yield from _whole(operation, by_id)


def _acknowledged(operation: Operation, by_id: Mapping[str, Row]) -> Iterable[Violation]:
    for (identity, text), (position, version) in zip(operation.events, operation.rows, strict=True):
        promised = Row(position, operation.stream, version, identity, text)
        found = by_id.get(identity)
        if found is None:
            yield Violation("lost", f"{promised}")
        elif found != promised:
            yield Violation("changed", f"{promised} became {found}")


def _whole(operation: Operation, by_id: Mapping[str, Row]) -> Iterable[Violation]:
    """An append is written in one piece, at the version it asked for, or not at all."""
    found = ((by_id.get(identity), text) for identity, text in operation.events)
    rows = [row for row, text in found if row and row.text == text]
    if rows and len(rows) < len(operation.events):
        yield Violation("torn", f"{len(rows)} of {len(operation.events)} events of {operation.events[0][0]}")
    for one, other in pairwise(rows):
        if (other.position, other.version) != (one.position + 1, one.version + 1):
            yield Violation("torn", f"{other} does not follow {one}")
    if rows and operation.expected not in (None, rows[0].version):
        yield Violation("expected version", f"{rows[0]} asked for version {operation.expected}")


def _order(operations: Sequence[Operation], log: Sequence[Row]) -> Iterable[Violation]:
    """What was acknowledged before something else was asked for stands before it."""
    invoked: dict[str, int] = {}
    ended: dict[str, int] = {}
    for operation in operations:
        for identity, _ in operation.events:
            if operation.outcome != "failed":
                invoked[identity] = min(operation.invoked, invoked.get(identity, operation.invoked))
            if operation.outcome == "acknowledged" and operation.ended is not None:
                ended[identity] = min(operation.ended, ended.get(identity, operation.ended))
    later: tuple[float, str] = (float("inf"), "")
    for row in reversed(log):
        if later[0] < invoked.get(row.id, 0):
            yield Violation(
                "order", f"{later[1]} was acknowledged before {row.id} was asked for, and is behind"
            )
        later = min(later, (ended.get(row.id, float("inf")), row.id))


def _follower(name: str, seen: Sequence[Row], log: Sequence[Row]) -> Iterable[Violation]:
    by_position = {row.position: row for row in log}
    before: set[int] = set()
    last = 0
    for row in seen:
        if row.position in before:
            yield Violation("seen twice", f"{name}: {row}")
        elif row.position < last:
            yield Violation("seen out of order", f"{name}: {row} after {last}")
        if by_position.get(row.position) != row:
            yield Violation("seen otherwise", f"{name}: {row}, now {by_position.get(row.position)}")
        before.add(row.position)
        last = max(last, row.position)
    for row in log:
        if row.position not in before:
            yield Violation("skipped", f"{name}: {row}")
