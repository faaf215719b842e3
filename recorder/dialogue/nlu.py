"""Annotated messages: what teaches a model to understand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EntitySpan:
    """An entity marked in a text; `start` and `end` are code points, end exclusive."""

    start: int
    end: int
    entity: str
    value: str
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One message with its intent and the entities in it, in the order of their starts."""

    text: str
    intent: str
    entities: tuple[EntitySpan, ...] = ()
    metadata: Any = field(default=None, hash=False)
    line: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NluData:
    """Everything an NLU file can hold. Orders are those of the file."""

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Value -> texts that mean it."""
    regexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity -> phrases."""

    def merge(self, other: NluData) -> NluData:
        """Both, examples in order and without exact repeats."""
        return NluData(
            examples=tuple(dict.fromkeys((*self.examples, *other.examples))),
            synonyms=_merge(self.synonyms, other.synonyms),
            regexes=_merge(self.regexes, other.regexes),
            lookups=_merge(self.lookups, other.lookups),
        )

    def first(self, count: int) -> NluData:
        """The first `count` examples of each intent, in their order, and nothing else."""
        so_far = Counter[str]()
        kept = []
        for example in self.examples:
            so_far[example.intent] += 1
            if so_far[example.intent] <= count:
                kept.append(example)
        return NluData(tuple(kept))


def _merge(
    mine: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys((*mine, *theirs))
    return {name: tuple(dict.fromkeys((*mine.get(name, ()), *theirs.get(name, ())))) for name in names}
