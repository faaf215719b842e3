"""The intent classifier: TF-IDF of words and pieces of words, a linear machine, calibrated probabilities.

The machine's margins become probabilities by one number, the sharpness, chosen so that messages which
the machine had not seen get probabilities that come true. The order of the intents does not change.

Reference:
    Guo, C. et al. (2017). On Calibration of Modern Neural Networks. ICML. (Temperature scaling; the
    sharpness is one over the temperature.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recorder.dialogue.nlu import Example
from recorder.events.prediction import Ranking
from recorder.learning import linear
from recorder.learning.features import pieces, words
from recorder.learning.linear import Floats, Linear, ranked, softmax

PENALTY: Final = 1.0
USUAL_SHARPNESS: Final = 5.0
"""What calibration gives on most data; few examples stay near it."""
UNTAUGHT: Final = -1e9
"""Score of an intent that a held-out example's teachers did not know."""
MANY: Final = 5_000
"""From here on three folds are enough to calibrate with."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a classifier said of an example that it had not been taught."""

    intent: str
    guessed: str
    probability: float


@dataclass(frozen=True, slots=True)
class IntentClassifier:
    linear: Linear
    rarity: Floats
    """Inverse document frequency of each feature."""
    sharpness: float

    def rank(self, text: str) -> Ranking:
        """All taught intents with their probabilities, most probable first."""
        sample = weigh(text, self.linear.features, self.rarity)
        shares = softmax(self.linear.scores(sample), self.sharpness)
        return ranked(dict(zip(self.linear.classes, shares.tolist(), strict=True)))


def fit(examples: Sequence[Example]) -> tuple[IntentClassifier, tuple[Guess, ...]]:
    """The classifier of all examples, and what others said of those that were held out from them.

    Exact repeats count once. Intents with one example are learned but cannot be held out.

    Args:
        examples: at least one.
    """
    taught = list(dict.fromkeys((example.text, example.intent) for example in examples))
    texts, labels = [text for text, _ in taught], [intent for _, intent in taught]
    features, rarity = _rarity(texts)
    rows = linear.matrix([weigh(text, features, rarity) for text in texts], features)
    machine = linear.fit_margins(rows, labels, features, penalty=PENALTY)
    kept, scores = _held_out(rows, labels, features, machine.classes)
    own = np.array([machine.classes.index(labels[i]) for i in kept.tolist()], np.intp)
    sharpness = _sharpness(scores, own)
    best, shares = scores.argmax(axis=1).tolist(), softmax(scores, sharpness).max(axis=1).tolist()
    guesses = tuple(
        Guess(labels[i], machine.classes[b], share)
        for i, b, share in zip(kept.tolist(), best, shares, strict=True)
    )
    return IntentClassifier(machine, rarity, sharpness), guesses


def weigh(text: str, features: Mapping[str, int], rarity: Floats) -> dict[str, float]:
    """Known terms of a text, rare ones heavier; words together and pieces together each have length 1."""
    return {
        name: value for terms in (words(text), pieces(text)) for name, value in _unit(terms, features, rarity)
    }


def _unit(terms: Sequence[str], features: Mapping[str, int], rarity: Floats) -> list[tuple[str, float]]:
    weights = [
        (name, (1.0 + log(count)) * float(rarity[features[name]]))
        for name, count in Counter(terms).items()
        if name in features
    ]
    length = sqrt(sum(value * value for _, value in weights))
    return [(name, value / length) for name, value in weights]


def _rarity(texts: Sequence[str]) -> tuple[dict[str, int], Floats]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(dict.fromkeys((*words(text), *pieces(text)), 1))
    features = {name: row for row, name in enumerate(counts)}
    seen = np.fromiter(counts.values(), np.float64, len(counts))
    return features, (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)


def folds(labels: Sequence[str], count: int) -> list[int]:
    """The fold of each example: every class is spread over the folds, one after the other."""
    met: Counter[str] = Counter()
    starts = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    placed = []
    for label in labels:
        placed.append((starts[label] + met[label]) % count)
        met[label] += 1
    return placed


def _held_out(
    rows: Any, labels: Sequence[str], features: Mapping[str, int], classes: Sequence[str]
) -> tuple[NDArray[np.intp], Floats]:
    """The examples whose intent others taught, and what those others scored: one column per class."""
    place = {name: i for i, name in enumerate(classes)}
    count = 3 if len(labels) >= MANY else 5
    placed = np.array(folds(labels, count))
    scores = np.full((len(labels), len(classes)), UNTAUGHT, np.float32)
    for fold in range(count):
        (others,), (own,) = np.nonzero(placed != fold), np.nonzero(placed == fold)
        if len(others) and len(own):
            taught = [labels[i] for i in others.tolist()]
            machine = linear.fit_margins(rows[others], taught, features, penalty=PENALTY)
            columns = np.array([place[name] for name in machine.classes])
            scores[np.ix_(own, columns)] = rows[own] @ machine.weights + machine.intercepts
    kept = np.nonzero(scores[range(len(labels)), [place[label] for label in labels]] > UNTAUGHT)[0]
    return kept, scores[kept]


def _sharpness(scores: Floats, own: NDArray[np.intp]) -> float:
    """The sharpness under which the held-out intents are most probable; the usual one weighs 10 messages."""
    step = len(scores) // 3_000 + 1
    scores, own = scores[::step], own[::step]
    candidates = USUAL_SHARPNESS * np.exp(np.linspace(-2.0, 2.0, 81))
    losses = [10 * log(c / USUAL_SHARPNESS) ** 2 + _loss(scores, own, c) for c in candidates.tolist()]
    return float(candidates[int(np.argmin(losses))])


def _loss(scores: Floats, own: NDArray[np.intp], sharpness: float) -> float:
    """How surprising the true intents are, in nats."""
    shares = softmax(scores, sharpness)[range(len(own)), own]
    return float(-np.log(np.maximum(shares, 1e-12)).sum())
