"""A linear classifier over sparse named features, as plain arrays: quick to load, quick to ask.

scikit-learn fits it; asking it needs numpy alone, and the file that keeps it holds nothing but numbers.
"""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recorder.events.prediction import Ranking

Floats = NDArray[np.float32]
Weights = Mapping[str, float]
"""Feature -> value, of one sample."""


@dataclass(frozen=True, slots=True)
class Linear:
    """One row of weights per feature, one column per class."""

    features: Mapping[str, int]
    """Feature -> row; rows are 0, 1, … in the order of the mapping."""
    classes: tuple[str, ...]
    weights: Floats
    intercepts: Floats

    def scores(self, sample: Weights) -> Floats:
        """One score per class, in the order of `classes`; unknown features count for nothing."""
        known = [(self.features[name], value) for name, value in sample.items() if name in self.features]
        if not known:
            return self.intercepts
        rows, values = zip(*known, strict=True)
        scored: Floats = np.asarray(values, np.float32) @ self.weights[list(rows)] + self.intercepts
        return scored


def softmax(scores: NDArray[np.floating], sharpness: float = 1.0) -> NDArray[np.float64]:
    """Scores along the last axis to probabilities."""
    scaled = np.asarray(scores, np.float64) * sharpness
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def ranked(shares: Mapping[str, float]) -> Ranking:
    """Most probable first, ties by name."""
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def constant(label: str, features: Mapping[str, int]) -> Linear:
    """The classifier that knows one class only."""
    return Linear(features, (label,), np.zeros((len(features), 1), np.float32), np.zeros(1, np.float32))


def vocabulary(samples: Sequence[Weights]) -> dict[str, int]:
    """All features in the order of their first appearance."""
    names = dict.fromkeys(name for sample in samples for name in sample)
    return {name: row for row, name in enumerate(names)}


def matrix(samples: Sequence[Weights], features: Mapping[str, int]) -> Any:
    """The samples as a sparse matrix (scipy CSR), one row each; features that are not named are left out."""
    from scipy.sparse import csr_matrix

    columns, values, ends = array("i"), array("f"), array("q", [0])
    for sample in samples:
        for name, value in sample.items():
            if (column := features.get(name)) is not None:
                columns.append(column)
                values.append(value)
        ends.append(len(columns))
    shape = (len(samples), len(features))
    return csr_matrix((np.asarray(values), np.asarray(columns), np.asarray(ends)), shape, dtype=np.float32)


def fit_margins(rows: Any, labels: Sequence[str], features: Mapping[str, int], *, penalty: float) -> Linear:
    """A linear support vector machine, one class against the rest.

    Args:
        rows: as `matrix` gives them; at least one.
        penalty: of a sample on the wrong side; more fits the samples more closely.
    """
    if len(set(labels)) < 2:
        return constant(labels[0], features)
    from sklearn.svm import LinearSVC

    with _quietly():
        machine = LinearSVC(C=penalty, random_state=0).fit(rows, list(labels))
    return _linear(machine, features)


def fit_shares(
    rows: Any, labels: Sequence[str], counts: Sequence[float], features: Mapping[str, int], *, penalty: float
) -> Linear:
    """A multinomial logistic regression: softmax of the scores are probabilities.

    Args:
        counts: how often each row was seen.
    """
    if len(set(labels)) < 2:
        return constant(labels[0], features)
    from sklearn.linear_model import LogisticRegression

    with _quietly():
        machine = LogisticRegression(C=penalty, max_iter=300, tol=1e-3)
        machine.fit(rows, list(labels), sample_weight=list(counts))
    return _linear(machine, features)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without scikit-learn's remarks on few examples or on stopping early: both are expected here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _linear(machine: Any, features: Mapping[str, int]) -> Linear:
    weights, intercepts = machine.coef_.T, machine.intercept_
    if len(machine.classes_) == 2:  # scikit-learn keeps one column for two classes: the second's
        weights, intercepts = (
            np.hstack([-weights, weights]) / 2,
            np.array([-intercepts[0], intercepts[0]]) / 2,
        )
    return Linear(
        features,
        tuple(str(label) for label in machine.classes_),
        np.ascontiguousarray(weights, np.float32),
        np.asarray(intercepts, np.float32),
    )
