"""One order out of several: sequences that tell parts of the same history are laid over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

Rank = tuple[float, str]


def merge(sequences: Sequence[Sequence[str]], times: Mapping[str, float]) -> list[str]:
    """All ids, each once, so that every sequence keeps its order.

    Where the sequences leave it open which of two comes first, the earlier does; so the result does
    not depend on the order of the sequences. Where they contradict each other, the earliest id that is
    next in any of them goes first.

    Args:
        sequences: ids, none twice in a sequence.
        times: id -> seconds; used only for what the sequences leave open.

    >>> merge(["cd", "abc", "xd"], dict.fromkeys("abcd", 0.0) | {"x": -1.0})
    ['x', 'a', 'b', 'c', 'd']
    """
    after: dict[str, list[str]] = {each: [] for sequence in sequences for each in sequence}
    waits = dict.fromkeys(after, 0)
    for earlier, later in (pair for sequence in sequences for pair in pairwise(sequence)):
        after[earlier].append(later)
        waits[later] += 1
    ready: list[Rank] = [(times[each], each) for each, count in waits.items() if not count]
    heapify(ready)
    order: dict[str, None] = {}
    heads = [0] * len(sequences)
    while len(order) < len(after):
        each = heappop(ready)[1] if ready else _next_of_any(sequences, heads, order, times)
        order[each] = None
        for later in after[each]:
            waits[later] -= 1
            if not waits[later] and later not in order:
                heappush(ready, (times[later], later))
    return list(order)


def _next_of_any(
    sequences: Sequence[Sequence[str]],
    heads: list[int],
    order: Mapping[str, None],
    times: Mapping[str, float],
) -> str:
    """The earliest of those that are next; `heads` (how far each sequence is) is brought up to date."""
    for number, sequence in enumerate(sequences):
        while heads[number] < len(sequence) and sequence[heads[number]] in order:
            heads[number] += 1
    ahead = (seq[head] for seq, head in zip(sequences, heads, strict=True) if head < len(seq))
    return min(ahead, key=lambda each: (times[each], each))
