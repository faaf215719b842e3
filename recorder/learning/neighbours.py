"""Messages that are like each other: TF-IDF over the features of the intent classifier."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sklearn.feature_extraction.text import TfidfVectorizer

from recorder.learning.features import pieces, words


def likeness(text: str, others: Sequence[str]) -> list[float]:
    """How much each of the others is like the text: 1.0 the same features, 0.0 none in common.

    How rare a feature is, is judged among all that are given.
    """
    vectorizer = TfidfVectorizer(analyzer=_features, sublinear_tf=True)
    if not _features(text) or not others:
        return [0.0] * len(others)
    rows = vectorizer.fit_transform([text, *others])
    return [float(each) for each in (rows[1:] @ rows[0].T).toarray()[:, 0]]


@lru_cache(4_000)
def _features(text: str) -> list[str]:
    return words(text) + pieces(text)
