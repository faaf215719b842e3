"""What is wrong with a log, as values.

Three kinds, told apart by what can leave them behind:

    damage   the storage cannot give what it holds: unreadable pages, tables that disagree with their
             indexes, text that is no text. A crash in the middle of a write or a failing disk leaves
             this; the log's own appends never do, for each is one transaction.
    cut      everything that is there fits, but it ends before what a checkpoint covers: a backup was
             restored, the last commits were lost with the power or with the WAL, or the tail was removed.
    forgery  everything can be read, and it contradicts itself or a checkpoint. No crash leaves this:
             whoever changed it wrote valid rows.

What this cannot tell: whoever wants may damage pages or restore a backup on purpose, so the first two
prove nobody's innocence; and a disk that flips bits inside a row, which SQLite and a PostgreSQL without
checksums do not notice, leaves what looks like an edit. Where there is damage, contradictions beside
it may well be its consequence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["damage", "cut", "forgery"]
Check = Literal[
    "storage",
    "event",
    "version",
    "id",
    "stream",
    "key",
    "content",
    "head",
    "trigger",
    "checkpoint",
    "signature",
    "proof",
]

_KEPT: Final = 20
"""Findings of one check; the others are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    check: Check
    """What was looked at."""
    what: str
    """One sentence."""
    position: int | None = None
    """Of the event, where it is about one."""
    stream: int | None = None


@dataclass(slots=True)
class Findings:
    """Collects them: the first of each check, and how many there are."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[Check] = field(default_factory=Counter)

    def add(
        self, kind: Kind, check: Check, what: str, position: int | None = None, stream: int | None = None
    ) -> None:
        self.counts[check] += 1
        if self.counts[check] <= _KEPT:
            self.kept.append(Finding(kind, check, what, position, stream))

    def in_order(self) -> list[Finding]:
        """Damage first, because the rest may follow from it; then by position."""
        return sorted(self.kept, key=lambda each: (each.kind != "damage", each.position or 0))
