"""Who is how reliable, and what is most likely right, from nothing but the votes: Dawid and Skene's model.

Each annotator has a chance of their own for each label that they give where another one is right; these
chances, how frequent each label is, and what is right at each item are estimated together, in turns (EM).
It takes three votes an item or more: with two, nothing tells which of them is wrong.

A. P. Dawid and A. M. Skene (1979), Applied Statistics 28.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

VOTES: Final = 3
"""An item needs to say anything of its annotators."""
ROUNDS: Final = 200
TOLERANCE: Final = 1e-6
SMOOTHING: Final = 0.01
"""Added to each count of an annotator's votes: who never erred so far may err."""

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the model makes of the votes."""

    labels: tuple[str, ...]
    """By name."""
    frequency: Mapping[str, float]
    """Label -> how often it is right."""
    likely: Mapping[str, tuple[str, float]]
    """Item -> the label that is most likely right, and how likely."""
    errors: Mapping[str, Mapping[str, Mapping[str, float]]]
    """Annotator -> label that is right -> label given -> how likely."""
    reliability: Mapping[str, float]
    """Annotator -> chance to be right on an item of theirs, as these are."""


def dawid_skene(votes: Iterable[tuple[str, str, str]], *, smoothing: float = SMOOTHING) -> Consensus:
    """Args: votes: (item, annotator, label); an annotator may vote on an item more than once."""
    votes = list(votes)
    items, people, labels = ({name: i for i, name in enumerate(sorted(set(of)))} for of in _columns(votes))
    at = np.array(
        [(items[item], people[who], labels[label]) for item, who, label in votes], dtype=np.intp
    ).reshape(-1, 3)
    item, who, given = at[:, 0], at[:, 1], at[:, 2]
    likely = _shares(item, given, (len(items), len(labels)))
    frequency, errors = _estimated(likely, item, who, given, len(people), smoothing)
    for _ in range(ROUNDS if votes else 0):
        likely = _likely(frequency, errors, item, who, given, len(items))
        before = frequency, errors
        frequency, errors = _estimated(likely, item, who, given, len(people), smoothing)
        moved = abs(frequency - before[0]).max(), abs(errors - before[1]).max()
        if max(moved) < TOLERANCE:
            break
    names = tuple(labels)
    right = likely[item] * errors[who].diagonal(axis1=1, axis2=2)
    return Consensus(
        labels=names,
        frequency=dict(zip(names, frequency.tolist(), strict=True)),
        likely={name: (names[likely[i].argmax()], float(likely[i].max())) for name, i in items.items()},
        errors={
            name: {true: dict(zip(names, errors[k, j].tolist(), strict=True)) for true, j in labels.items()}
            for name, k in people.items()
        },
        reliability={name: float(right[who == k].sum(axis=1).mean()) for name, k in people.items()},
    )


def _columns(votes: list[tuple[str, str, str]]) -> Iterable[tuple[str, ...]]:
    return list(zip(*votes, strict=True)) or [(), (), ()]


def _shares(item: NDArray[np.intp], given: NDArray[np.intp], shape: tuple[int, int]) -> _Array:
    """Share of each label among an item's votes: where the estimate begins."""
    counts = np.zeros(shape)
    np.add.at(counts, (item, given), 1)
    share: _Array = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return share


def _estimated(
    likely: _Array,
    item: NDArray[np.intp],
    who: NDArray[np.intp],
    given: NDArray[np.intp],
    people: int,
    smoothing: float,
) -> tuple[_Array, _Array]:
    """How frequent each label is, and each annotator's chances (annotator, right, given)."""
    labels = likely.shape[1]
    counts = np.full((people, labels, labels), float(smoothing))
    np.add.at(counts.transpose(0, 2, 1), (who, given), likely[item])
    of_right = counts.sum(axis=2, keepdims=True)
    errors = np.divide(counts, of_right, out=np.zeros_like(counts), where=of_right > 0)
    return likely.mean(axis=0) if len(likely) else np.zeros(labels), errors


def _likely(
    frequency: _Array,
    errors: _Array,
    item: NDArray[np.intp],
    who: NDArray[np.intp],
    given: NDArray[np.intp],
    items: int,
) -> _Array:
    """How likely each label is right at each item."""
    with np.errstate(divide="ignore"):
        chances = np.tile(np.log(frequency), (items, 1))
        np.add.at(chances, item, np.log(errors[who, :, given]))
    chances -= chances.max(axis=1, keepdims=True)
    likely = np.exp(chances)
    found: _Array = likely / likely.sum(axis=1, keepdims=True)
    return found
