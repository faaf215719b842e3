"""Words of texts, and queries that ask for them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.review.wording import LENGTH, Piece, Term, excerpt, placed, terms, words

TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD", ["hello", "world"]),
        ("utter_greet-now", ["utter", "greet", "now"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("café cafe\u0301", ["cafe", "cafe"]),
        ("你好 ok", ["你", "好", "ok"]),
        ("किताब", ["किताब"]),
        ("รัก", ["รั", "ก"]),
        ("5 € 😀👍", ["5", "€", "😀", "👍"]),
        ("100%! (a+b) <b>", ["100", "a", "b", "b"]),
        ("a\0b", ["a", "b"]),
        ("", []),
    ],
)
def test_words_are_compared_without_case_accents_and_signs_between(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("red apple ", [Term(("red",)), Term(("apple",))]),
        ("red app", [Term(("red",)), Term(("app",), prefix=True)]),
        ("app* red ", [Term(("app",), prefix=True), Term(("red",))]),
        ('"red apple" pie ', [Term(("red", "apple")), Term(("pie",))]),
        ("“red apple”", [Term(("red", "apple"))]),
        ('"red app', [Term(("red", "app"), prefix=True)]),
        ('"red app*" x ', [Term(("red", "app"), prefix=True), Term(("x",))]),
        ("a", [Term(("a",))]),
        ("a-b ", [Term(("a", "b"))]),
        ("x x x ", [Term(("x",))]),
        ("NEAR(a b) OR ", [Term(("near", "a")), Term(("b",)), Term(("or",))]),
        ('"', []),
        ("*", []),
        ('"* (^) -', []),
    ],
)
def test_a_query_asks_for_words_beginnings_and_phrases(query: str, expected: list[Term]) -> None:
    assert list(terms(query)) == expected


@given(TEXT)
def test_any_text_can_be_asked_for_and_asks_for_words_that_are_words(query: str) -> None:
    for term in terms(query):
        assert term.words
        for word in term.words:
            assert 0 < len(word) <= LENGTH
            assert not set(word) & set("'\"\\:*&|!()<> %_¶")


@given(TEXT)
def test_places_are_those_of_the_words_and_plain_text_is_no_exception(text: str) -> None:
    found = list(placed(text))

    assert [word.text for word in found] == words(text)
    assert [word.text for word in placed(f"{text} é")] == [*words(text), "e"]
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(words(text[word.start : word.end]) == [word.text] for word in found)


@given(st.text("ab é\n", max_size=40), st.text('ab é"*', max_size=8))
def test_an_excerpt_is_cut_from_the_text_and_marks_what_was_asked_for(text: str, query: str) -> None:
    asked = terms(query)

    pieces = excerpt(text, asked)

    assert "".join(piece.text for piece in pieces) in text
    single = {term.words[0] for term in asked if len(term.words) == 1}
    assert pieces or not single & {*words(text)}
    for piece in pieces:
        if piece.hit:
            (word,) = words(piece.text)
            assert any(word in term.words or word.startswith(term.words[-1]) for term in asked)


def test_an_excerpt_is_of_the_line_that_holds_most_and_is_no_longer_than_needed() -> None:
    text = "an apple\n" + "so " * 200 + "a <b>red</b> Apple" + " and" * 200 + "\nred"

    pieces = excerpt(text, terms('"red" apple '))

    assert [piece.text for piece in pieces if piece.hit] == ["red", "Apple"]
    whole = "".join(piece.text for piece in pieces)
    assert whole.startswith("…") and whole.endswith("…") and len(whole) < 170
    assert "a <b>red</b> Apple and" in whole
    assert excerpt("nothing", terms("red ")) == ()
    assert excerpt("Redder", terms("red")) == (Piece("Redder", True),)
