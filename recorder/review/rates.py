"""Shares with their intervals, and how far two of them are apart.

E. B. Wilson (1927), Journal of the American Statistical Association 22; R. G. Newcombe (1998), Statistics in
Medicine 17, method 10 (from Wilson's limits).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z: Final = 1.959963984540054
"""95 %."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """None: of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %; of nothing, everything is possible."""
        if not self.of:
            return 0.0, 1.0
        n, share, z = self.of, self.hits / self.of, _Z
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate less another, with Newcombe's interval, 95 %."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether no difference at all lies outside the interval."""
        return self.low > 0 or self.high < 0


def difference(one: Rate, other: Rate) -> Difference | None:
    """None: one of them is of nothing."""
    if one.value is None or other.value is None:
        return None
    (low, high), (below, above) = one.interval, other.interval
    apart = one.value - other.value
    down = sqrt((one.value - low) ** 2 + (above - other.value) ** 2)
    up = sqrt((high - one.value) ** 2 + (other.value - below) ** 2)
    return Difference(apart, apart - down, apart + up)
