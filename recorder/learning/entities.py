"""The entity tagger: a conditional random field, beside it the lookups, regexes and synonyms of the data.

python-crfsuite learns the field; its weights are taken out as plain numbers, so that tagging needs
neither that library nor a file in its format.

Reference:
    Lafferty, J. et al. (2001). Conditional Random Fields. ICML.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.events.event import JsonObject
from recorder.learning.linear import Floats, Linear
from recorder.learning.tokens import Phrases, Token, features, tokenize

OUTSIDE: Final = "O"
ROUNDS: Final = 100
DOUBTFUL: Final = 0.3
"""What the field is less sure of is left out: it rather means that nothing was ever taught about it."""
LEARNED: Final = "CRFEntityExtractor"
LISTED: Final = "RegexEntityExtractor"
"""Rasa's names, by which its tools tell what to train on from what is found anyway."""


@dataclass(frozen=True, slots=True)
class Label:
    """What an entity is."""

    entity: str
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A linear-chain field over the tags `O`, `B0`, `I0`, `B1`, … (begin, inside; number: which label)."""

    labels: tuple[Label, ...]
    tags: Linear
    """Classes are the tags."""
    moves: Floats
    """Score of going from one tag (row) to the next (column)."""

    def tag(self, seen: Sequence[Sequence[str]]) -> tuple[list[str], list[float]]:
        """The best tags for tokens given by their features, and the probability of each."""
        if not seen:
            return [], []
        scores = np.array([self.tags.scores(dict.fromkeys(token, 1.0)) for token in seen], np.float64)
        best = _best_path(scores, self.moves)
        shares = _marginals(scores, self.moves)
        return [self.tags.classes[tag] for tag in best], [
            float(s[t]) for s, t in zip(shares, best, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class EntityTagger:
    field: Field | None
    """None: no example has an entity."""
    phrases: Phrases
    entities: frozenset[str]
    """Lookups and regexes with these names are entities; others only help the field."""
    synonyms: Mapping[str, str]
    """Lower-cased text -> the value it means."""

    @property
    def taught(self) -> frozenset[str]:
        """The entities that can be found: those of examples, and those that lookups and regexes name."""
        listed = self.entities & {*self.phrases.lookups, *self.phrases.regexes}
        return listed | {label.entity for label in (self.field.labels if self.field else ())}

    def tag(self, text: str) -> tuple[JsonObject, ...]:
        """The entities in the order of their starts, none overlapping; the longest wins, then the field's."""
        matches = self.phrases.search(text)
        found = self._learned(text, tokenize(text), matches) if self.field else []
        found += [
            self._entity(text, m.start, m.end, Label(m.name), LISTED)
            for m in matches
            if m.name in self.entities
        ]
        return _without_overlaps(found)

    def _learned(self, text: str, tokens: Sequence[Token], matches: Sequence[Any]) -> list[JsonObject]:
        assert self.field is not None
        tags, shares = self.field.tag(features(tokens, matches))
        found = []
        for first, last in _runs(tags):
            sure = min(shares[first : last + 1])
            if sure < DOUBTFUL or not _has_words(text[tokens[first].start : tokens[last].end]):
                continue
            label = self.field.labels[int(tags[first][1:])]
            entity = self._entity(text, tokens[first].start, tokens[last].end, label, LEARNED)
            found.append({**entity, "confidence_entity": round(sure, 4)})
        return found

    def _entity(self, text: str, start: int, end: int, label: Label, extractor: str) -> JsonObject:
        words = text[start:end]
        value = self.synonyms.get(words.lower(), words)
        parts = {"role": label.role, "group": label.group}
        entity: JsonObject = {"entity": label.entity, "start": start, "end": end, "value": value}
        entity |= {name: part for name, part in parts.items() if part is not None}
        entity["extractor"] = extractor
        if value != words:
            entity["processors"] = ["EntitySynonymMapper"]
        return entity


def fit(nlu: NluData, known: Sequence[str] = ()) -> EntityTagger | None:
    """The tagger of all examples; None where the data hold no entity, lookup or regex.

    Args:
        known: entities of the domain.
    """
    phrases = Phrases.of(nlu)
    marked = [example for example in nlu.examples if example.entities]
    if not (marked or nlu.lookups or nlu.regexes):
        return None
    entities = frozenset(span.entity for example in marked for span in example.entities) | frozenset(known)
    field = _fit_field(nlu.examples, phrases) if marked else None
    return EntityTagger(field, phrases, entities, _synonyms(nlu))


def _synonyms(nlu: NluData) -> dict[str, str]:
    spans = [(example.text[s.start : s.end], s.value) for example in nlu.examples for s in example.entities]
    marked = {text.lower(): value for text, value in spans if text != value}
    return marked | {text.lower(): value for value, texts in nlu.synonyms.items() for text in texts}


def _fit_field(examples: Sequence[Example], phrases: Phrases) -> Field | None:
    spans = [span for example in examples for span in example.entities]
    labels = tuple(dict.fromkeys(Label(s.entity, s.role, s.group) for s in spans))
    numbers = {label: number for number, label in enumerate(labels)}
    taught: list[tuple[list[list[str]], list[str]]] = []
    for example in examples:
        tokens = tokenize(example.text)
        taught.append(
            (features(tokens, phrases.search(example.text)), _tags(tokens, example.entities, numbers))
        )
    if all(tag == OUTSIDE for _, tags in taught for tag in tags):
        return None
    return _field(labels, taught)


def _tags(tokens: Sequence[Token], spans: Sequence[EntitySpan], numbers: Mapping[Label, int]) -> list[str]:
    """A tag per token; a token that an entity covers only in part stays outside."""
    tags = [OUTSIDE] * len(tokens)
    for span in spans:
        number = numbers[Label(span.entity, span.role, span.group)]
        inside = [i for i, t in enumerate(tokens) if span.start <= t.start and t.end <= span.end]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}{number}"
    return tags


def _field(labels: tuple[Label, ...], taught: Sequence[tuple[list[list[str]], list[str]]]) -> Field:
    """Learn the weights; features go in as numbers, since the library's own names allow no blanks."""
    from pycrfsuite import Tagger, Trainer

    names = {
        name: i for i, name in enumerate(dict.fromkeys(f for seen, _ in taught for t in seen for f in t))
    }
    trainer = Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {"c1": 0.05, "c2": 0.05, "max_iterations": ROUNDS, "feature.possible_transitions": True}
    )
    for seen, tags in taught:
        if tags:
            trainer.append([[str(names[f]) for f in token] for token in seen], tags)
    with tempfile.TemporaryDirectory() as folder:  # the library hands its model over in a file only
        file = str(Path(folder) / "field")
        trainer.train(file)
        tagger = Tagger()
        tagger.open(file)
        learned = tagger.info()
        tagger.close()
    return _as_arrays(labels, list(names), learned.state_features, learned.transitions)


def _as_arrays(
    labels: tuple[Label, ...],
    names: Sequence[str],
    states: Mapping[tuple[str, str], float],
    transitions: Mapping[tuple[str, str], float],
) -> Field:
    """The weights as arrays; features that came to weigh nothing are left out."""
    tags = (OUTSIDE, *(f"{part}{number}" for number in range(len(labels)) for part in "BI"))
    column = {tag: i for i, tag in enumerate(tags)}
    kept = {number: row for row, number in enumerate(dict.fromkeys(number for number, _ in states))}
    weights = np.zeros((len(kept), len(tags)), np.float32)
    for (number, tag), weight in states.items():
        weights[kept[number], column[tag]] = weight
    moves = np.zeros((len(tags), len(tags)), np.float32)
    for (before, after), weight in transitions.items():
        moves[column[before], column[after]] = weight
    rows = {names[int(number)]: row for number, row in kept.items()}
    return Field(labels, Linear(rows, tags, weights, np.zeros(len(tags), np.float32)), moves)


def _best_path(scores: np.ndarray[Any, Any], moves: Floats) -> list[int]:
    """Viterbi: the tags that together score best; `scores` has a row per token."""
    total, back = scores[0], []
    for row in scores[1:]:
        ways = total[:, None] + moves
        back.append(ways.argmax(axis=0))
        total = ways.max(axis=0) + row
    path = [int(total.argmax())]
    for choices in reversed(back):
        path.append(int(choices[path[-1]]))
    return path[::-1]


def _marginals(scores: np.ndarray[Any, Any], moves: Floats) -> np.ndarray[Any, Any]:
    """Forward and backward: the probability of each tag at each token."""
    forward, backward = [scores[0]], [np.zeros(scores.shape[1])]
    for row in scores[1:]:
        forward.append(np.logaddexp.reduce(forward[-1][:, None] + moves, axis=0) + row)
    for row in scores[:0:-1]:
        backward.append(np.logaddexp.reduce(moves + (row + backward[-1])[None, :], axis=1))
    both = np.array(forward) + np.array(backward[::-1])
    shares: np.ndarray[Any, Any] = np.exp(both - np.logaddexp.reduce(both, axis=1, keepdims=True))
    return shares


def _has_words(text: str) -> bool:
    """Signs and emoji alone are an entity only where a lookup or regex says so."""
    return any(char.isalnum() for char in text)


def _runs(tags: Sequence[str]) -> list[tuple[int, int]]:
    """First and last token of each entity; an inside without its begin begins one."""
    runs: list[tuple[int, int]] = []
    for i, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        goes_on = tag[0] == "I" and i > 0 and tags[i - 1] != OUTSIDE and tags[i - 1][1:] == tag[1:]
        if goes_on:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs


def _without_overlaps(found: Sequence[JsonObject]) -> tuple[JsonObject, ...]:
    kept: list[JsonObject] = []
    for entity in sorted(
        found, key=lambda e: (e["start"] - e["end"], e["start"])
    ):  # stable: the field's first
        if all(entity["end"] <= other["start"] or other["end"] <= entity["start"] for other in kept):
            kept.append(entity)
    return tuple(sorted(kept, key=lambda e: e["start"]))
