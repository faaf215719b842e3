"""Drift: how often a person says what the verdict of now says, week by week, and whether that changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from recorder.review.rates import Difference, Rate, difference


@dataclass(frozen=True, slots=True)
class Week:
    """How often a person said what the verdict says now, of the steps decided in one week."""

    week: str
    """`2026-W05`, as ISO 8601 counts them."""
    annotator: str
    rate: Rate

    @property
    def monday(self) -> date:
        """Its first day.

        >>> Week("2026-W01", "ana", Rate(1, 1)).monday.isoformat()
        '2025-12-29'
        """
        year, week = self.week.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)


LATELY: Final = 30
"""Steps that the latest weeks hold together at least: of fewer, an interval says next to nothing."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One person's latest weeks against those before."""

    annotator: str
    weeks: tuple[Week, ...]
    """In order; one at least."""

    @property
    def since(self) -> int:
        """Where the latest weeks begin among `weeks`."""
        steps = 0
        for at in range(len(self.weeks) - 1, -1, -1):
            steps += self.weeks[at].rate.of
            if steps >= LATELY:
                return at
        return 0

    @property
    def lately(self) -> Rate:
        return _together(self.weeks[self.since :])

    @property
    def before(self) -> Rate:
        """Of nothing, where all weeks are among the latest."""
        return _together(self.weeks[: self.since])

    @property
    def all(self) -> Rate:
        return _together(self.weeks)

    @property
    def change(self) -> Difference | None:
        """Lately less before; None: there is nothing before."""
        return difference(self.lately, self.before)


def trends(weeks: Iterable[Week]) -> list[Trend]:
    """By person, by name."""
    ordered = sorted(weeks, key=lambda each: (each.annotator, each.monday))
    return [Trend(name, tuple(theirs)) for name, theirs in groupby(ordered, key=lambda each: each.annotator)]


def _together(weeks: Iterable[Week]) -> Rate:
    hits, of = 0, 0
    for week in weeks:
        hits, of = hits + week.rate.hits, of + week.rate.of
    return Rate(hits, of)
