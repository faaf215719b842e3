"""How far annotators agree, beyond what chance explains: percent, Cohen, Fleiss, Krippendorff, Gwet.

Labels are nominal; gaps are allowed. All but Cohen's kappa are functions of one table, items by labels,
which holds how many annotators gave an item a label; so an interval takes no more than to weigh the
table's rows anew, a thousand times at once.

Sources of the formulas: J. Cohen (1960), Educational and Psychological Measurement 20; J. L. Fleiss (1971),
Psychological Bulletin 76, with gaps as in K. L. Gwet, Handbook of Inter-Rater Reliability (4th ed. 2014);
K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); K. L. Gwet (2008), British Journal of
Mathematical and Statistical Psychology 61 (AC1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ratings = Sequence[Mapping[str, str]]
"""One mapping an item: annotator -> label. Who is not in it did not vote on the item."""

SAMPLES: Final = 1000
"""How often an interval draws the items anew."""
LEVEL: Final = 0.95

_MANY_LABELS: Final = 20
"""From which on a table is mostly zeros."""

_Table = NDArray[np.float64]
_Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One measure: 1 is full agreement, 0 what chance gives (percent: 0 is none at all)."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    """Percentile bootstrap over items, 95 %; None where it cannot be said."""
    undefined: str = ""
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a set of items says."""

    items: int
    """With votes of two annotators or more: the others say nothing of agreement."""
    votes: int
    """On these items."""
    alone: int
    """Items with one vote."""
    coefficients: tuple[Coefficient, ...]
    """percent, cohen (two annotators only), fleiss, krippendorff, ac1; in this order."""

    def __getitem__(self, name: str) -> Coefficient:
        """Raises KeyError."""
        found = {each.name: each for each in self.coefficients}
        return found[name]


def agreement(ratings: Ratings, *, seed: int = 0, samples: int = SAMPLES) -> Agreement:
    """All measures of these items.

    Args:
        seed: of the intervals; the same ratings and seed give the same intervals.
        samples: 0: no intervals.
    """
    shared = [each for each in ratings if len(each) >= 2]
    return _agreement(shared, np.ones(len(shared)), _drawn(len(shared), samples, seed), _alone(ratings))


def _agreement(kinds: Ratings, times: _Weights, drawn: _Weights, alone: int) -> Agreement:
    """Of items that come in kinds.

    Args:
        times: how many items there are of each kind.
        drawn: shape (samples, kinds): how many of them are in each sample.
    """
    people = sorted({name for each in kinds for name in each})
    table = counts(kinds)
    found = [_measured(name, table, of, times, drawn) for name, of in _OF_TABLE.items()]
    if len(people) <= 2:
        found.insert(1, _cohen(kinds, times, drawn))
    return Agreement(int(times.sum()), int(times @ table.sum(axis=1)), alone, tuple(found))


def _alone(ratings: Ratings) -> int:
    return sum(len(each) == 1 for each in ratings)


def counts(ratings: Ratings) -> _Table:
    """Shape (items, labels), labels by name: how many annotators gave the item the label."""
    labels = {label: i for i, label in enumerate(sorted({x for each in ratings for x in each.values()}))}
    table = np.zeros((len(ratings), len(labels)))
    for row, each in enumerate(ratings):
        for label in each.values():
            table[row, labels[label]] += 1
    return table


def cohen(ratings: Ratings) -> Coefficient:
    """Cohen's kappa of the two annotators who both voted on these items, without an interval."""
    shared = [each for each in ratings if len(each) == 2]
    return _cohen(shared, np.ones(len(shared)), np.zeros((0, len(shared))))


def _cohen(kinds: Ratings, times: _Weights, drawn: _Weights) -> Coefficient:
    people = sorted({name for each in kinds for name in each})
    pairs = [(each[people[0]], each[people[1]]) for each in kinds]
    if not pairs:
        return Coefficient("cohen", None, undefined="no item has votes of both")
    labels = {label: i for i, label in enumerate(sorted({x for pair in pairs for x in pair}))}
    cells = np.zeros((len(pairs), 2), dtype=np.intp)
    for row, pair in enumerate(pairs):
        cells[row] = [labels[label] for label in pair]

    def kappa(weights: _Weights) -> NDArray[np.float64]:
        n = weights.sum(axis=1)
        same = (weights[:, cells[:, 0] == cells[:, 1]]).sum(axis=1) / n
        shares = [_shares(weights, cells[:, side], len(labels)) / n[:, None] for side in (0, 1)]
        return _beyond_chance(same, (shares[0] * shares[1]).sum(axis=1))

    return _coefficient("cohen", kappa, times, drawn, len(labels))


def by_pair(ratings: Ratings, *, seed: int = 0, samples: int = SAMPLES) -> dict[tuple[str, str], Agreement]:
    """Each two annotators who share an item, by their names, with what they agree on."""
    people = sorted({name for each in ratings for name in each})
    found = {}
    for pair in combinations(people, 2):
        shared = [{name: each[name] for name in pair} for each in ratings if all(n in each for n in pair)]
        if shared:
            found[pair] = agreement(shared, seed=seed, samples=samples)
    return found


def by_label(ratings: Ratings, *, seed: int = 0, samples: int = SAMPLES) -> dict[str, Agreement]:
    """Each label against all others together, on all items; by name.

    Most items hold most labels not at all, and differ then only in who voted: there may be thousands of
    labels.
    """
    shared = [each for each in ratings if len(each) >= 2]
    drawn, alone = _drawn(len(shared), samples, seed), _alone(ratings)
    holding: dict[str, list[int]] = {label: [] for each in ratings for label in each.values()}
    by_voters: dict[frozenset[str], list[int]] = {}
    for number, each in enumerate(shared):
        by_voters.setdefault(frozenset(each), []).append(number)
        for label in set(each.values()):
            holding[label].append(number)
    voters = {who: (len(those), drawn[:, those].sum(axis=1)) for who, those in by_voters.items()}
    return {
        label: _one_label(label, shared, holding[label], voters, drawn, alone) for label in sorted(holding)
    }


def _one_label(
    label: str,
    shared: Ratings,
    holding: Sequence[int],
    voters: Mapping[frozenset[str], tuple[int, _Weights]],
    drawn: _Weights,
    alone: int,
) -> Agreement:
    """Args: holding: the items in which anybody gave it. voters: of each that voted together, all items."""
    others = f"not {label}"
    by_kind: dict[tuple[tuple[str, bool], ...], list[int]] = {}
    for number in holding:
        by_kind.setdefault(tuple((n, x == label) for n, x in sorted(shared[number].items())), []).append(
            number
        )
    rest = dict(voters)
    kinds, times, weights = list[dict[str, str]](), list[int](), list[_Weights]()
    for kind, those in by_kind.items():
        here = drawn[:, those].sum(axis=1)
        who = frozenset(name for name, _ in kind)
        rest[who] = rest[who][0] - len(those), rest[who][1] - here
        kinds.append({name: label if is_it else others for name, is_it in kind})
        times.append(len(those))
        weights.append(here)
    for who, (number, left) in rest.items():
        if number:
            kinds.append(dict.fromkeys(sorted(who), others))
            times.append(number)
            weights.append(left)
    of_kinds = np.stack(weights, axis=1) if weights else np.zeros((0, 0))
    return _agreement(kinds, np.array(times, dtype=np.float64), of_kinds, alone)


def confusion(ratings: Ratings) -> Counter[tuple[str, str]]:
    """How often two annotators gave an item these two labels; (a, b) with a <= b, each pair of votes once."""
    found = Counter[tuple[str, str]]()
    for each in ratings:
        for one, other in combinations(sorted(each.values()), 2):
            found[one, other] += 1
    return found


def _percent(table: _Table, weights: _Weights) -> NDArray[np.float64]:
    """Of the pairs of votes on an item, those that are the same; mean over items."""
    n = table.sum(axis=1)
    each = (table * (table - 1)).sum(axis=1) / (n * (n - 1))
    mean: NDArray[np.float64] = (weights @ each) / weights.sum(axis=1)
    return mean


def _prevalence(table: _Table, weights: _Weights) -> _Table:
    """Shape (samples, labels): share of each label, every item counting alike."""
    of_items = table / table.sum(axis=1, keepdims=True)
    share: _Table = _summed(weights, of_items) / weights.sum(axis=1, keepdims=True)
    return share


def _fleiss(table: _Table, weights: _Weights) -> NDArray[np.float64]:
    return _beyond_chance(_percent(table, weights), (_prevalence(table, weights) ** 2).sum(axis=1))


def _ac1(table: _Table, weights: _Weights) -> NDArray[np.float64]:
    share = _prevalence(table, weights)
    chance = (share * (1 - share)).sum(axis=1) / max(table.shape[1] - 1, 1)
    return _beyond_chance(_percent(table, weights), chance)


def _krippendorff(table: _Table, weights: _Weights) -> NDArray[np.float64]:
    n = table.sum(axis=1)
    apart = (n**2 - (table**2).sum(axis=1)) / (n - 1)  # disagreeing pairs of an item, each vote counting once
    votes = weights @ n
    of_label = _summed(weights, table)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (weights @ apart) / votes
        expected = (votes**2 - (of_label**2).sum(axis=1)) / (votes * (votes - 1))
        alpha: NDArray[np.float64] = 1 - observed / expected
    return alpha


_OF_TABLE: Final[Mapping[str, Callable[[_Table, _Weights], NDArray[np.float64]]]] = {
    "percent": _percent,
    "fleiss": _fleiss,
    "krippendorff": _krippendorff,
    "ac1": _ac1,
}


def _measured(
    name: str,
    table: _Table,
    of: Callable[[_Table, _Weights], NDArray[np.float64]],
    times: _Weights,
    drawn: _Weights,
) -> Coefficient:
    if not len(table):
        return Coefficient(name, None, undefined="no item has votes of two annotators")
    return _coefficient(name, lambda weights: of(table, weights), times, drawn, table.shape[1])


def _coefficient(
    name: str,
    of: Callable[[_Weights], NDArray[np.float64]],
    times: _Weights,
    drawn: _Weights,
    labels: int,
) -> Coefficient:
    value = float(of(times[None, :])[0])
    if not np.isfinite(value):
        return Coefficient(name, None, undefined=_why(labels))
    values = of(drawn) if len(drawn) else np.array([])
    values = values[np.isfinite(values)]
    if not len(values):
        return Coefficient(name, value)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Coefficient(name, value, float(low), float(high))


def _why(labels: int) -> str:
    if labels == 1:
        return "everybody always gave the same label, so nothing tells agreement from chance"
    return "chance alone explains everything"


def _beyond_chance(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        # What is left of a share that is 1 but for rounding would make any number of 0 / 0.
        return np.where(1 - expected < 1e-12, np.nan, (observed - expected) / (1 - expected))


def _shares(weights: _Weights, column: NDArray[np.intp], labels: int) -> _Table:
    given: Any = np.zeros((len(column), labels))
    given[np.arange(len(column)), column] = 1
    return _summed(weights, given)


def _summed(weights: _Weights, of_items: _Table) -> _Table:
    """The rows of a table, weighed and added up. Of many labels an item holds but a few."""
    if of_items.shape[1] <= _MANY_LABELS:
        total: _Table = weights @ of_items
        return total
    from scipy.sparse import csr_matrix  # for large tables alone

    sparse: _Table = (csr_matrix(of_items).T @ weights.T).T
    return sparse


def _drawn(items: int, samples: int, seed: int) -> _Weights:
    """Shape (samples, items): how often each item is in each sample of as many items, drawn with return."""
    if not items or not samples:
        return np.zeros((0, items))
    random = np.random.default_rng(seed)
    return random.multinomial(items, np.full(items, 1 / items), size=samples).astype(np.float64)


def ratings_of(votes: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """(item, annotator, label) as item -> ratings, in the order of first votes; the latest label counts."""
    found: dict[str, dict[str, str]] = {}
    for item, annotator, label in votes:
        found.setdefault(item, {})[annotator] = label
    return found
