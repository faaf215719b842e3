"""Intents: rankings that add up, whatever is asked and however little was taught."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.nlu import Example
from recorder.learning import intents
from recorder.learning.intents import IntentClassifier
from tests.learning.given import NLU

CLASSIFIER, GUESSES = intents.fit(NLU.examples)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("hi there", "greet"), ("byee", "goodbye"), ("HELLO", "greet"), ("a cocnert in Paris", "search")],
)
def test_what_is_like_the_examples_is_understood(text: str, intent: str) -> None:
    assert CLASSIFIER.rank(text)[0][0] == intent


@given(st.text())
def test_any_text_gets_the_whole_ranking(text: str) -> None:
    ranking = CLASSIFIER.rank(text)

    assert sorted(name for name, _ in ranking) == ["goodbye", "greet", "search"]
    assert sum(p for _, p in ranking) == pytest.approx(1.0)
    assert [p for _, p in ranking] == sorted((p for _, p in ranking), reverse=True)


@pytest.mark.parametrize("text", ["", "   ", "👍🏽", "مرحبا", "x" * 1_000_000, "hello " * 200_000])
def test_odd_texts_are_ranked_too(text: str) -> None:
    assert len(CLASSIFIER.rank(text)) == 3


def test_words_never_seen_leave_the_classifier_unsure() -> None:
    assert CLASSIFIER.rank("qqq")[0][1] < 0.5


def test_one_intent_is_certain() -> None:
    classifier, guesses = intents.fit([Example("hi", "greet"), Example("hello", "greet")])

    assert classifier.rank("anything") == (("greet", 1.0),)
    assert all(guess.guessed == "greet" for guess in guesses)


def test_one_example_for_each_intent_is_enough_to_rank() -> None:
    classifier, guesses = intents.fit(
        [Example("hello", "greet"), Example("bye", "goodbye"), Example("cu", "x")]
    )

    assert classifier.rank("hello")[0][0] == "greet"
    assert guesses == ()


def test_two_intents_rank_as_two_sides() -> None:
    classifier, _ = intents.fit([e for e in NLU.examples if e.intent in ("greet", "goodbye")])

    assert classifier.rank("hello")[0][0] == "greet"
    assert classifier.rank("good night")[0][0] == "goodbye"


def test_examples_without_any_word_can_be_taught() -> None:
    classifier, _ = intents.fit([Example("👍", "yes"), Example("👎", "no"), Example("👍👍", "yes")])

    assert classifier.rank("👍")[0][0] == "yes"


def test_repeats_count_once() -> None:
    again, _ = intents.fit([*NLU.examples, *NLU.examples])

    assert again.rank("hello there") == CLASSIFIER.rank("hello there")


def test_every_example_is_held_out_once() -> None:
    assert len(GUESSES) == len(NLU.examples)
    assert sum(g.intent == g.guessed for g in GUESSES) > len(GUESSES) / 2


def test_folds_spread_every_class() -> None:
    assert intents.folds(["a", "b", "a", "a", "b"], 3) == [0, 1, 1, 2, 2]


def test_calibration_keeps_the_order() -> None:
    sharper = IntentClassifier(CLASSIFIER.linear, CLASSIFIER.rarity, CLASSIFIER.sharpness * 3)

    assert [n for n, _ in sharper.rank("hi in Rome")] == [n for n, _ in CLASSIFIER.rank("hi in Rome")]


@pytest.mark.slow
def test_clinc150_is_understood(shared: Path) -> None:
    """The published figures of other methods are 91.0 (SVM) and 91.5 (Rasa)."""
    data = orjson.loads((shared / "clinc150" / "data" / "data_full.json").read_bytes())
    classifier, _ = intents.fit([Example(text, intent) for text, intent in data["train"]])

    right = sum(classifier.rank(text)[0][0] == intent for text, intent in data["test"])

    assert right / len(data["test"]) >= 0.92
