"""The log held against checkpoints while it is read: their roots, and who vouches for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from recorder.audit.checkpoints import frontier, signed_lines
from recorder.audit.evidence import Findings
from recorder.audit.signing import PublicKey
from recorder.events.bookkeeping import CheckpointMade
from recorder.store.merkle import Frontier

_CUT: Final = "a backup was restored, the last commits were lost, or the tail was removed"


@dataclass(slots=True)
class Held:
    """A checkpoint that the log is held against."""

    origin: str
    """For people: a file, or the event that holds it."""
    checkpoint: CheckpointMade
    position: int | None = None
    """Of the event in the log; None: it was kept outside."""
    fits: bool | None = None
    """None: the log was not read so far, or not wholly."""
    good: int = 0
    """So many events are surely those that it was made of."""
    bad: int = 0
    """Among so many there is surely one that is not; 0: none that is known of."""


@dataclass(slots=True)
class Marks:
    """Sizes at which the tree must look as a checkpoint says.

    A checkpoint from outside tells more than its root: the first of its peaks are the tree of a smaller
    log. So what is wrong is narrowed down, and a log that was cut can be held against it all the same.
    """

    held: Sequence[Held]
    tree: Frontier = field(default_factory=Frontier)
    """Of what comes before the first leaf."""
    _at: dict[int, list[tuple[Held, list[bytes]]]] = field(init=False)
    _sizes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._at = defaultdict(list)
        for held in self.held:
            whole = frontier(held.checkpoint)
            for size, peaks in [(whole.size, whole.peaks)] if held.position else _smaller(whole):
                if size > self.tree.size:
                    self._at[size].append((held, peaks))
        self._sizes = sorted(self._at, reverse=True)

    def add(self, leaf: bytes) -> None:
        if self._sizes:
            self.tree.add(leaf)
            if self.tree.size == self._sizes[-1]:
                self._hold(self._sizes.pop())

    def _hold(self, size: int) -> None:
        for held, peaks in self._at[size]:
            fits = peaks == self.tree.peaks
            if fits:
                held.good = size
            elif not held.bad:
                held.bad = size
            if size == held.checkpoint.size:
                held.fits = fits

    def close(self, last: int, findings: Findings) -> None:
        """Says what does not fit, `last` being the position at which the log ends."""
        for held in self.held:
            size, position = held.checkpoint.size, held.position
            if held.bad:
                findings.add("forgery", "checkpoint", *self._contradiction(held))
            if position is not None and size >= position:
                what = f"{held.origin} covers {size} events, more than there were."
                findings.add("forgery", "checkpoint", what, position)
            elif size > last:
                rest = "" if held.bad else " Those that are left are those that it was made of."
                sure = rest if held.good else ""
                what = f"The log ends at event {last}, but {held.origin} covers {size}: {_CUT}.{sure}"
                findings.add("cut", "checkpoint", what, last + 1)

    def _contradiction(self, held: Held) -> tuple[str, int | None]:
        """What is said of a checkpoint that does not fit, and the first event it may be about.

        One that was kept outside is believed; whoever rewrote the log may have put others into it.
        """
        kept = max((each.good for each in self.held if each.position is None), default=0)
        if held.position is not None and kept >= held.bad:
            return f"{held.origin} is false: the log fits one that was kept outside.", held.position
        others = [each.good for each in self.held if held.position is not None and each.good < held.bad]
        first = max(kept if kept < held.bad else 0, held.good, *others) + 1
        what = f"{held.origin} was not made of the events that are there: "
        return f"{what}what is wrong is among events {first} to {held.bad}.", first


def _smaller(whole: Frontier) -> Iterable[tuple[int, list[bytes]]]:
    """The tree's own size, and the sizes of which it tells as well: each of its peaks ends one."""
    size, bits = 0, [bit for bit in range(whole.size.bit_length())[::-1] if whole.size >> bit & 1]
    for count, bit in enumerate(bits, 1):
        size += 1 << bit
        yield size, whole.peaks[:count]


def check_signatures(held: Iterable[Held], keys: Sequence[PublicKey], findings: Findings) -> list[str]:
    """Holds signatures against the keys; returns the ids of the keys of those that are right.

    What was kept outside must be signed with one of them; in the log others may have made checkpoints.
    """
    by_id = {key.id: key for key in keys}
    right = []
    for each in held:
        checkpoint, key = each.checkpoint, by_id.get(each.checkpoint.key)
        if key is not None and key.is_right(checkpoint.signature, signed_lines(checkpoint)):
            right.append(key.id)
        elif key is not None:
            what = f"The signature of {each.origin} is wrong."
            findings.add("forgery", "signature", what, each.position)
        elif each.position is None:
            what = f"{each.origin} is signed with none of the keys that were given."
            findings.add("forgery", "signature", what)
    return right
