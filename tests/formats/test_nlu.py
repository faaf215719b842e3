"""NLU data in its three notations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.errors import NotationError
from recorder.formats import nlu_json, nlu_markdown, nlu_yaml, yaml_writer
from recorder.formats.nlu_file import NluFile
from tests.formats import told

CITY = Example("to Rome", "inform", (EntitySpan(3, 7, "city", "Rome"),))


@given(told.nlu)
def test_nlu_data_is_the_same_after_writing_and_reading(data: NluData) -> None:
    file = nlu_yaml.loads(nlu_yaml.dump(data))

    assert file == NluFile(data, file.problems)
    assert not nlu_yaml.unwritable(data)


def test_the_text_looks_as_people_write_it() -> None:
    data = NluData((CITY, Example("hi", "greet"), Example("in Rome", "inform")), {"Rome": ("Roma", "roma")})

    assert nlu_yaml.dump(data) == (
        'version: "3.1"\n\nnlu:\n'
        "- intent: inform\n  examples: |\n    - to [Rome](city)\n    - in Rome\n\n"
        "- intent: greet\n  examples: |\n    - hi\n\n"
        "- synonym: Rome\n  examples: |\n    - Roma\n    - roma\n"
    )


def test_examples_with_line_breaks_or_metadata_are_written_as_objects() -> None:
    data = NluData((Example("a\nb", "x"), Example("c", "x", metadata={"session": "s"})))

    text = nlu_yaml.dump(data)

    assert '  examples:\n  - text: "a\\nb"\n  - text: c\n    metadata:\n      session: s\n' in text
    assert nlu_yaml.loads(text).data == data


def test_a_text_that_looks_like_an_annotation_is_left_out_and_named() -> None:
    link = Example("see [here](http)", "x")

    assert nlu_yaml.unwritable(NluData((link, CITY))) == (link,)
    assert nlu_yaml.loads(nlu_yaml.dump(NluData((link, CITY)))).data == NluData((CITY,))


def test_yaml_is_read_with_lines() -> None:
    text = (
        "nlu:\n- intent: inform\n  examples: |\n    - to [Rome](city)\n\n    - hi  \n"
        "- intent: faq/price\n  metadata: {a: 1}\n  examples:\n"
        "  - text: |\n      how much\n    metadata: {b: 2}\n"
        "- synonym: Rome\n  examples: |\n    - Roma\n- regex: zip\n  examples: |\n    - \\d{5}\n"
        "- lookup: city\n  examples: |\n    - Rome\n    - Oslo\n"
    )

    data, problems = nlu_yaml.loads(text)

    assert not problems
    assert data == NluData(
        (CITY, Example("hi", "inform"), Example("how much", "faq/price", metadata={"b": 2})),
        {"Rome": ("Roma",)},
        {"zip": ("\\d{5}",)},
        {"city": ("Rome", "Oslo")},
    )
    assert [example.line for example in data.examples] == [4, 6, 10]


def test_markdown_is_read_with_lines() -> None:
    text = (
        "## intent:inform\n- to [Rome](city)\n* hi <!-- a\ncomment -->\n+ hey\n\n## synonym:Rome\n- Roma\n"
        "## regex:zip\n- \\d{5}\n## lookup:city\n- Rome\n"
    )

    data, problems = nlu_markdown.loads(text)

    assert not problems
    assert data == NluData(
        (CITY, Example("hi", "inform"), Example("hey", "inform")),
        {"Rome": ("Roma",)},
        {"zip": ("\\d{5}",)},
        {"city": ("Rome",)},
    )
    assert [example.line for example in data.examples] == [2, 3, 5]


def test_json_is_read() -> None:
    content = {
        "common_examples": [
            {"text": "to Rome", "intent": "inform", "entities": [{"start": 3, "end": 7, "entity": "city"}]}
        ],
        "entity_synonyms": [{"value": "Rome", "synonyms": ["Roma"]}],
        "regex_features": [{"name": "zip", "pattern": "\\d{5}"}],
        "lookup_tables": [{"name": "city", "elements": ["Rome"]}],
    }

    file = nlu_json.loads(json.dumps({"rasa_nlu_data": content}))

    assert file == NluFile(NluData((CITY,), {"Rome": ("Roma",)}, {"zip": ("\\d{5}",)}, {"city": ("Rome",)}))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("nlu: 5", 1, "expected a list"),
        ("nlu:\n- greet", 2, "expected `intent:`"),
        ("nlu:\n- intent: [a]\n", 2, "expected a name after `intent:`"),
        ("nlu:\n- intent: a\n", 2, "intent 'a' has no examples"),
        ("nlu:\n- intent: a\n  examples: |\n    - b\n    c\n", 5, "begins with `-`"),
        ("nlu:\n- intent: a\n  examples: |\n    - b\n    - 2[n]\n", 5, "broken annotation"),
        ("nlu:\n- intent: a\n  examples: |\n    - b\n    -\n", 5, "is empty"),
        ("nlu:\n- intent: a\n  examples:\n  - [b]\n", 4, "expected an example"),
        ("nlu:\n- intent: a\n  examples: 5\n", 3, "expected examples"),
    ],
)
def test_what_yaml_cannot_say_is_reported_with_its_line(text: str, line: int, message: str) -> None:
    problems = nlu_yaml.loads(text, "nlu.yml").problems

    assert any(problem.line == line and message in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("- a", 1, "before any"),
        ("## intent:a\nb", 2, "begins with `- `"),
        ("## intents:a\n- b", 1, "expected `## intent:name`"),
        ("## lookup:a\ncities.txt", 2, "names another file"),
        ("## intent:a\n- [b]", 2, "broken annotation"),
    ],
)
def test_what_markdown_cannot_say_is_reported_with_its_line(text: str, line: int, message: str) -> None:
    problems = nlu_markdown.loads(text, "nlu.md").problems

    assert any(problem.line == line and message in problem.message for problem in problems)


@given(st.text() | st.text("#-*[](){}:ab\n <!"))
def test_any_markdown_is_read_without_a_traceback(text: str) -> None:
    nlu_markdown.loads(text)


@given(told.values)
def test_any_value_in_a_place_of_nlu_data_is_read_without_a_traceback(value: Any) -> None:
    for document in ({"nlu": value}, {"nlu": [value]}, {"nlu": [{"intent": "a", "examples": value}]}):
        nlu_yaml.loads(yaml_writer.dumps(document))
    for content in (
        {"common_examples": value},
        {"common_examples": [{"text": "a", "intent": "b", "entities": value}]},
    ):
        nlu_json.loads(json.dumps({"rasa_nlu_data": content}))


def test_json_that_is_none_is_an_error_and_other_json_is_nothing() -> None:
    assert nlu_json.loads('{"events": []}') is None
    with pytest.raises(NotationError, match=r"f\.json:2"):
        nlu_json.loads('{\n"a"', "f.json")
