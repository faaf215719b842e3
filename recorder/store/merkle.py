"""Merkle trees over the leaves of the log, as in RFC 6962 (and 9162): roots, proofs, and their checks.

A `Frontier` holds what is needed to go on: one hash for each 1 in the binary notation of its size,
the largest subtree first. So the next checkpoint costs only what is new. A proof is a list of roots of
runs of leaves: `path` names the runs, so that a log of any length needs to be read but once for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
"""Root of no leaves."""


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree of `size` leaves."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        size, peaks = self.size, self.peaks
        while size & 1:
            leaf = node(peaks.pop(), leaf)
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


Run = tuple[int, int]
"""Leaves from the first number up to, not including, the second."""


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root of all; raises IndexError."""
    return [root_of(leaves[first:last]) for first, last in inclusion_runs(len(leaves), index)]


def inclusion_runs(size: int, index: int) -> list[Run]:
    """Whose roots `inclusion` consists of; raises IndexError."""
    if not 0 <= index < size:
        raise IndexError(index)
    runs: list[Run] = []
    first, last = 0, size
    while last - first > 1:
        half = first + _half(last - first)
        if index < half:
            runs.append((half, last))
            last = half
        else:
            runs.append((first, half))
            first = half
    return runs[::-1]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf at `index` to the root of `size` leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """The hashes that show that the tree of the first `size` leaves became this one; raises IndexError."""
    return [root_of(leaves[first:last]) for first, last in consistency_runs(len(leaves), size)]


def consistency_runs(size: int, before: int) -> list[Run]:
    """Whose roots `consistency` consists of, from `before` leaves to `size`; raises IndexError."""
    if not 0 < before <= size:
        raise IndexError(before)
    runs: list[Run] = []
    first, last = 0, size
    while last != before:
        half = first + _half(last - first)
        if before <= half:
            runs.append((half, last))
            last = half
        else:
            runs.append((first, half))
            first = half
    return ([(first, last)] if first else []) + runs[::-1]


def is_consistent(
    before: bytes, size_before: int, after: bytes, size_after: int, path: Sequence[bytes]
) -> bool:
    """Whether the path shows that nothing was changed between two roots (RFC 9162 2.1.4.2)."""
    if not 0 < size_before <= size_after:
        return False
    if size_before == size_after:
        return before == after and not path
    hashes = [before, *path] if size_before & (size_before - 1) == 0 else [*path]
    if not hashes:
        return False
    place, last = size_before - 1, size_after - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node(each, old), node(each, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and old == before and new == after


class Roots:
    """The roots of runs of leaves, of leaves that come one by one from the first."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = list(runs)
        self._ahead = sorted(self._runs, reverse=True)
        self._found: dict[Run, bytes] = {}
        self._size = 0
        self._inside = Frontier()

    def add(self, leaf: bytes) -> None:
        index, self._size = self._size, self._size + 1
        if not self._ahead or index < self._ahead[-1][0]:
            return
        self._inside.add(leaf)
        if self._size == self._ahead[-1][1]:
            self._found[self._ahead.pop()] = self._inside.root()
            self._inside = Frontier()

    def roots(self) -> list[bytes]:
        """In the order of the runs; raises KeyError where too few leaves came."""
        return [self._found[run] for run in self._runs]


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
