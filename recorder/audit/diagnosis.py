"""What was done to an event that does not follow from the one before it; pure.

The chain alone says that two neighbours do not fit. Which of them was touched, and how, shows when the
row is tried in other places and what comes after it is looked at: whoever changes rows by hand leaves
the links of the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from recorder.audit.stored_rows import leaf_at
from recorder.store.chain import link_of
from recorder.store.database import Row

AHEAD: Final = 50
"""StoredRows to look ahead; so many that were inserted together are recognised."""
_REMOVED: Final = 10_000
"""So many that were removed together are recognised where the rest was renumbered."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of the events (with `canonical` times), and the digest of its stream where it is the first."""

    row: Row
    digest: bytes | None

    @property
    def link(self) -> bytes:
        """As it is stored, and perhaps no bytes at all."""
        link: bytes = self.row[10]
        return link

    def linked(self, before: bytes, at: int) -> bytes | None:
        """The link that the row has at a position, after a link; None: its columns are no such values."""
        try:
            return link_of(before, leaf_at(self.row, at, self.digest))
        except TypeError:
            return None

    def follows(self, before: bytes, at: int) -> bool:
        return self.linked(before, at) == self.link


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was done, and how the chain goes on."""

    what: str
    link: bytes
    """That the next row is to follow."""
    skip: int = 0
    """StoredRows, from this one on, that do not belong to the log."""
    shift: int = 0
    """What the positions of the rows after them differ by from what they were."""
    is_whole: bool = True
    """Whether the row itself is as it was."""


def diagnose(
    before: bytes, at: int, here: Placed, ahead: Sequence[Placed], head: bytes | None = None
) -> Diagnosis:
    """Of a row that stands at position `at` and does not follow from `before`.

    Args:
        ahead: the rows after it.
        head: the link of the log's head, which tells where nothing is ahead.
    """
    computed = here.linked(before, at)
    if computed is not None and (ahead[0].follows(computed, at + 1) if ahead else head == computed):
        return Diagnosis("its link was changed", computed)
    for count, row in enumerate(ahead, 1):
        # It may only have changed places with the one before: then what is behind it does not follow.
        if row.follows(before, at) and (
            ahead[count].follows(row.link, at + 1) if ahead[count:] else head == row.link
        ):
            return Diagnosis("it was inserted", before, skip=count, shift=-count, is_whole=False)
    link = here.link if isinstance(here.link, bytes) else b""
    if ahead and ahead[0].follows(link, at + 1):
        return Diagnosis("it was changed, or what is before it was hashed anew", link, is_whole=False)
    for count in range(1, _REMOVED if ahead else 0):
        if ahead[0].follows(link, at + 1 + count):
            missing = "1 event before it was" if count == 1 else f"{count} events before it were"
            return Diagnosis(f"{missing} removed, and the rest renumbered", link, shift=count)
    return Diagnosis("it was changed", link, is_whole=False)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place where the chain breaks."""

    at: int
    before: bytes
    what: str
    """What is wrong there, as far as the chain alone can tell; empty: only a place to look at."""
    placed: Placed | None = None
    """What stands there; None: nothing."""


def told(suspects: Sequence[Suspect]) -> Iterator[Suspect]:
    """The suspects, those that changed places told apart, and those that only stand beside them left out."""
    links = {suspect.before for suspect in suspects}
    links |= {suspect.placed.link for suspect in suspects if suspect.placed}
    for suspect in suspects:
        if suspect.placed is None:
            yield suspect
        elif (origin := _origin(suspect, suspects)) is not None:
            yield replace(suspect, what=f"it is what event {origin} was: it was moved")
        elif suspect.what and not any(suspect.placed.follows(link, suspect.at) for link in links):
            yield suspect


def _origin(suspect: Suspect, suspects: Sequence[Suspect]) -> int | None:
    """Where the row belongs."""
    for other in suspects:
        if other.at == suspect.at or suspect.placed is None:
            continue
        there = other.placed.link if other.placed else None
        for before in (other.before, there):
            linked = suspect.placed.linked(before, other.at) if isinstance(before, bytes) else None
            if linked is not None and linked in (suspect.placed.link, there):
                return other.at
    return None
