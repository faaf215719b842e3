"""How far annotators agree on the entities of messages: spans, exactly the same or overlapping.

Each two annotators of a message are held against each other: what one marked is looked for in what the other
marked. The F1 of that is the same whichever of the two is taken as right (G. Hripcsak and A. Rothschild
(2005), Journal of the American Medical Informatics Association 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Span = tuple[int, int, str]
"""Start, end (not included), and what it is: the entity with its role and group."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Agreement of pairs of annotators on spans."""

    pairs: int
    """Of annotators who both judged a message, added up over the messages."""
    spans: int
    """Marked by either of a pair, added up: a span that both marked counts twice."""
    exact: int
    """Of `spans`, those that the other marked exactly so."""
    overlapping: int
    """Of `spans`, those whose characters the other marked in part at least, as the same thing."""

    @property
    def f1_exact(self) -> float | None:
        """None where nobody marked anything."""
        return self.exact / self.spans if self.spans else None

    @property
    def f1_overlapping(self) -> float | None:
        return self.overlapping / self.spans if self.spans else None


def compare(messages: Iterable[Mapping[str, Sequence[Span]]]) -> Overlap:
    """Args: messages: of each message, annotator -> what they marked in it."""
    pairs = spans = exact = overlapping = 0
    for message in messages:
        for one, other in combinations(message.values(), 2):
            pairs += 1
            spans += len(one) + len(other)
            exact += 2 * len(set(one) & set(other))
            overlapping += sum(_meets(span, other) for span in one) + sum(_meets(span, one) for span in other)
    return Overlap(pairs, spans, exact, overlapping)


def _meets(span: Span, others: Sequence[Span]) -> bool:
    start, end, what = span
    return any(what == named and start < until and begin < end for begin, until, named in others)
