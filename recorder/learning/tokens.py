"""Words of a message with their places, and what an entity tagger sees of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.dialogue.nlu import NluData

MAX_CHARACTERS: Final = 10_000
"""Entities are looked for in the first so many characters of a message."""

# Runs of letters, runs of digits, and every other character by itself, so that "8pm" and "30€" come
# apart. Scripts that are written without blanks come character by character.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+|\d+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Token:
    """A word; `start` and `end` are code points of the message, end exclusive."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The words of the first `MAX_CHARACTERS` of a text.

    >>> [token.text for token in tokenize("at 8pm?")]
    ['at', '8', 'pm', '?']
    """
    found = _TOKEN.finditer(text[:MAX_CHARACTERS])
    return [Token(match.group(), match.start(), match.end()) for match in found]


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that the training data names: `name` is an entity, or a regex's own name."""

    name: str
    start: int
    end: int


class Phrases:
    """The lookups and regexes of NLU data, ready to search with.

    Lookups are matched as whole words, whatever their case, longest first. Regexes are searched as
    they are; one that cannot be compiled is left out (`faulty`).
    """

    def __init__(self, lookups: Mapping[str, Sequence[str]], regexes: Mapping[str, Sequence[str]]) -> None:
        self.lookups = {name: tuple(phrases) for name, phrases in lookups.items()}
        self.regexes = {name: tuple(patterns) for name, patterns in regexes.items()}
        self.faulty: list[str] = []
        self._patterns = [(name, _whole_words(phrases)) for name, phrases in self.lookups.items() if phrases]
        for name, patterns in self.regexes.items():
            self._patterns += [(name, pattern) for text in patterns if (pattern := self._compiled(text))]

    @classmethod
    def of(cls, nlu: NluData) -> Phrases:
        return cls(nlu.lookups, nlu.regexes)

    def search(self, text: str) -> list[Match]:
        """All that is found in the first `MAX_CHARACTERS` of a text; matches may overlap."""
        text = text[:MAX_CHARACTERS]
        return [
            Match(name, match.start(), match.end())
            for name, pattern in self._patterns
            for match in pattern.finditer(text)
            if match.end() > match.start()
        ]

    def _compiled(self, pattern: str) -> re.Pattern[str] | None:
        try:
            return re.compile(pattern, re.IGNORECASE)
        except (re.error, RecursionError, OverflowError):
            self.faulty.append(pattern)
            return None


def _whole_words(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(
        {phrase.strip() for phrase in phrases if phrase.strip()}, key=lambda p: (-len(p), p)
    )
    either = "|".join(re.escape(phrase) for phrase in longest_first) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def features(tokens: Sequence[Token], matches: Sequence[Match]) -> list[list[str]]:
    """Of each token what a tagger sees: itself, its shape and ends, its neighbours, phrases it is in."""
    own = [list(_own(token)) for token in tokens]
    for match in matches:
        for place, token in enumerate(tokens):
            if match.start <= token.start and token.end <= match.end:
                own[place].append(f"in={match.name}")
    return [["bias", *own[i], *_neighbours(own, i)] for i in range(len(own))]


def _own(token: Token) -> Iterator[str]:
    lower = token.text.lower()
    yield f"w={lower}"
    yield f"s={_shape(token.text)}"
    yield f"<{lower[:3]}"
    yield f">{lower[-3:]}"
    yield f">{lower[-2:]}"


def _neighbours(own: Sequence[Sequence[str]], i: int) -> Iterator[str]:
    for step in (-2, -1, 1, 2):
        if not 0 <= i + step < len(own):
            yield f"{step}|end"
        else:
            yield from (f"{step}|{feature}" for feature in own[i + step] if feature[:2] in ("w=", "s=", "in"))


def _shape(text: str) -> str:
    if text.isdigit():
        return f"d{min(len(text), 5)}"
    if text.istitle():
        return "Xx"
    return "X" if text.isupper() else "x" if text.isalpha() else "."
