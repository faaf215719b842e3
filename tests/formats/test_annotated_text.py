"""Entities marked in a text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError
from recorder.formats import annotated_text
from tests.formats import told


@given(told.marked())
def test_what_is_rendered_is_parsed_again(one: tuple[str, tuple[EntitySpan, ...]]) -> None:
    text, spans = one
    try:
        rendered = annotated_text.render(text, spans)
    except NotationError:
        assert "[" in text or "]" in text
    else:
        assert annotated_text.parse(rendered)[:2] == (text, spans)


@given(st.text('[](){}:a "e', max_size=40) | st.text())
def test_any_text_is_parsed_and_no_character_of_plain_text_is_lost(text: str) -> None:
    found = annotated_text.parse(text)

    assert all(0 <= span.start < span.end <= len(found.text) for span in found.entities)
    if not found.entities:
        assert found.text == text


@pytest.mark.parametrize(
    ("marked", "text", "spans"),
    [
        ("to [Berlin](city) now", "to Berlin now", [EntitySpan(3, 9, "city", "Berlin")]),
        ("[two](num:2)", "two", [EntitySpan(0, 3, "num", "2")]),
        ("[a](url:http://b)", "a", [EntitySpan(0, 1, "url", "http://b")]),
        (
            '[B]{"entity": "city", "role": "from", "group": "1", "value": "Berlin"}',
            "B",
            [EntitySpan(0, 1, "city", "Berlin", "from", "1")],
        ),
        (
            '[x][{"entity": "a"}, {"entity": "b", "value": 3}]',
            "x",
            [EntitySpan(0, 1, "a", "x"), EntitySpan(0, 1, "b", "3")],
        ),
        ("👍 [日本](city)", "👍 日本", [EntitySpan(2, 4, "city", "日本")]),
    ],
)
def test_every_form_is_read(marked: str, text: str, spans: list[EntitySpan]) -> None:
    assert annotated_text.parse(marked) == (text, tuple(spans), ())


@pytest.mark.parametrize(
    "marked",
    ["2[num_people]", "[next week", "[a](", "[a]()", "[a](b:)", "[a]{b}", '[a]{"role": "b"}', "[a][1]", "[]"],
)
def test_a_broken_annotation_stays_as_it_is_and_is_reported(marked: str) -> None:
    text, entities, problems = annotated_text.parse(marked)

    assert (text, entities) == (marked, ())
    assert len(problems) == 1 and "broken annotation" in problems[0]


def test_the_short_form_is_used_where_it_says_enough() -> None:
    short = annotated_text.render("to Berlin", [EntitySpan(3, 9, "city", "Berlin")])
    long = annotated_text.render("to Berlin", [EntitySpan(3, 9, "city", "BER", "to")])

    assert short == "to [Berlin](city)"
    assert long == 'to [Berlin]{"entity": "city", "role": "to", "value": "BER"}'


def test_overlapping_entities_are_refused() -> None:
    with pytest.raises(NotationError, match="overlap"):
        annotated_text.render("New York", [EntitySpan(0, 3, "a", "New"), EntitySpan(0, 8, "b", "New York")])


def test_a_text_that_looks_like_an_annotation_is_refused() -> None:
    assert not annotated_text.can_be_written("see [here](http)")
    assert annotated_text.can_be_written("see [here] (http)")


@pytest.mark.parametrize("piece", ["[", "]", "[a](", "[a]{", "[a][", "[a](b)", "[a]()"])
def test_a_hostile_megabyte_is_read_in_no_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    start = time.perf_counter()

    annotated_text.parse(text)

    assert time.perf_counter() - start < 5
