"""Entities: marked where they stand, with what they mean."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.learning import entities
from recorder.learning.tokens import tokenize

TRIPS = ("from Paris to Rome", "from Oslo to Berlin", "from Rome to Paris", "from Berlin to Oslo")


def trip(text: str) -> Example:
    _, origin, _, goal = text.split()
    start = text.rindex(goal)
    return Example(
        text,
        "travel",
        (
            EntitySpan(5, 5 + len(origin), "city", origin, role="from"),
            EntitySpan(start, start + len(goal), "city", goal, role="to"),
        ),
    )


NLU = NluData(
    (*map(trip, TRIPS), Example("hello there", "greet"), Example("good morning", "greet")),
    synonyms={"New York": ("nyc", "the big apple")},
    regexes={"zip": ("[0-9]{5}",), "broken": ("(",)},
    lookups={"artist": ("Foo Fighters", "Foo"), "greeting": ("hello",)},
)
TAGGER = entities.fit(NLU, ["artist", "zip"])


def tags(text: str) -> list[tuple[str, str, str | None]]:
    assert TAGGER is not None
    return [(text[e["start"] : e["end"]], e["entity"], e.get("role")) for e in TAGGER.tag(text)]


def test_places_it_was_not_taught_are_found_by_what_stands_around_them() -> None:
    assert tags("from Lisbon to Madrid") == [("Lisbon", "city", "from"), ("Madrid", "city", "to")]


def test_a_message_without_entities_has_none() -> None:
    assert tags("hello there") == []


def test_lookups_match_whole_words_the_longest_first() -> None:
    assert tags("foo fighters") == [("foo fighters", "artist", None)]
    assert tags("food") == []


def test_regexes_with_the_name_of_an_entity_find_it() -> None:
    assert ("12345", "zip", None) in tags("hello 12345")


def test_a_regex_that_is_none_is_left_out() -> None:
    assert TAGGER is not None and TAGGER.phrases.faulty == ["("]


def test_a_synonym_gives_the_value() -> None:
    marked = NluData(
        (Example("to nyc", "go", (EntitySpan(3, 6, "city", "nyc"),)),), synonyms={"New York": ("NYC",)}
    )
    tagger = entities.fit(marked)
    assert tagger is not None

    (found,) = tagger.tag("to nyc")

    assert found["value"] == "New York"
    assert found["processors"] == ["EntitySynonymMapper"]


def test_offsets_are_code_points() -> None:
    assert TAGGER is not None
    (found,) = TAGGER.tag("👩‍👩‍👧 12345")

    assert "👩‍👩‍👧 12345"[found["start"] : found["end"]] == "12345"


def test_the_field_says_how_sure_it_is() -> None:
    assert TAGGER is not None
    first, _ = TAGGER.tag("from Paris to Rome")

    assert 0.5 < first["confidence_entity"] <= 1.0
    assert list(first) == ["entity", "start", "end", "value", "role", "extractor", "confidence_entity"]


def test_nothing_marked_means_no_tagger() -> None:
    assert entities.fit(NluData((Example("hello", "greet"),))) is None


def test_lookups_alone_are_enough() -> None:
    tagger = entities.fit(NluData(lookups={"artist": ("Foo",)}), ["artist"])

    assert tagger is not None and tagger.field is None
    assert [e["value"] for e in tagger.tag("is Foo any good")] == ["Foo"]


def test_an_entity_within_a_word_teaches_nothing_and_breaks_nothing() -> None:
    tagger = entities.fit(NluData((Example("unhappy", "mood", (EntitySpan(2, 7, "mood", "happy"),)),)))

    assert tagger is not None and tagger.tag("unhappy") == ()


@given(st.text())
def test_any_text_is_tagged_in_order_and_without_overlaps(text: str) -> None:
    assert TAGGER is not None
    found = TAGGER.tag(text)

    assert all(0 <= e["start"] < e["end"] <= len(text) for e in found)
    assert all(a["end"] <= b["start"] for a, b in pairwise(found))


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    tokens = tokenize(text)

    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in pairwise(tokens))


@pytest.mark.parametrize("text", ["from Paris to Rome " * 50_000, "1" * 1_000_000])
def test_a_very_long_message_is_tagged_up_to_a_bound(text: str) -> None:
    assert TAGGER is not None
    assert all(e["end"] <= 10_000 for e in TAGGER.tag(text))
