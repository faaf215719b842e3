"""Examples appended to files of NLU data."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.dialogue.nlu import EntitySpan, Example, NluData
from recorder.errors import NotationError
from recorder.formats import nlu_json, nlu_markdown, nlu_yaml
from recorder.formats.appending import Appended
from recorder.formats.appending_examples import append
from tests.formats import told
from tests.formats.kept import assert_kept, strict

HELLO = Example("hello there", "greet")
TRIP = Example("to Berlin", "go", (EntitySpan(3, 9, "city", "Berlin", role="to"),))


def read(text: str, name: str) -> NluData:
    if name.endswith(".json"):
        found = nlu_json.loads(text)
        assert found
        return found.data
    loads = nlu_markdown.loads if name.endswith(".md") else nlu_yaml.loads
    return loads(text).data


def appended(text: str, *examples: Example, name: str = "nlu.yml") -> Appended:
    """The text with the examples; all that must always hold of it is held against it."""
    result = append(text, name, examples)
    assert_kept(text, result.text)
    before, after = (read(each.removeprefix("\ufeff"), name) for each in (text, result.text))
    assert Counter(after.examples) == Counter(before.examples) + Counter(examples)
    assert (after.synonyms, after.regexes, after.lookups) == (before.synonyms, before.regexes, before.lookups)
    if name.endswith(".yml"):
        assert strict(result.text)
    again = append(result.text, name, examples)
    assert (again.text, again.added, len(again.known)) == (result.text, (), len(examples))
    return result


def test_an_example_goes_below_its_intent_indented_as_the_others_are() -> None:
    text = (
        "nlu:\n- intent: greet  # who\n  examples: |\n      - hey\n      - hi\n\n# bye\n"
        "- intent: bye\n  examples: |\n    - bye\n"
    )

    assert appended(text, HELLO).text == text.replace("- hi\n", "- hi\n      - hello there\n")


@pytest.mark.parametrize(
    "text",
    [
        "nlu:\n- intent: greet\n  examples: |\n    - hey",
        "nlu:\n- intent: greet\n  examples: |+\n    - hey\n\n\n",
        "nlu:\n- intent: greet\n  examples: |-2\n    - hey\nversion: '3.1'\n",
        "nlu:\n- intent: greet\n  examples: |\n\n    - hey\n",
        "nlu:\r\n- intent: greet\r\n  examples: |\r\n    - hey\r\n\r\n- lookup: a\r\n  examples: |",
        "\ufeffnlu:\n  - intent: greet\n    examples: |\n      - hé 👍\nstories: []\n",
        "nlu:\n- intent: greet\n  examples:\n  - text: |\n      hey\n    metadata: {a: 1}\n",
        "nlu:\n- intent: greet\n  examples: [{text: hey}]\n",
        "nlu:\n- intent: greet\n  examples: >\n    - hey\n",
        'nlu:\n- intent: greet\n  examples: "- hey"\n',
        "nlu:\n- intent: greet\n  examples: |\n- intent: greet\n",
        "nlu:\n- intent: greet\n  examples: |\n    not one\n    - hey\n",
        "nlu:\n- intent: greet\n  examples: |\n    - hey\n- intent: greet\n  examples: |\n      - hi\n",
        "nlu: [{intent: greet, examples: '- hey'}]\n",
        "nlu: []\n",
        "nlu:\n",
        "version: '3.1'\nrules: []\n...\n",
        "nlu:\n- lookup: city\n  examples: |\n    - Berlin\n\n# end",
        "nlu:\n- intent: &g greet\n  examples: &e |\n    - hey\n- intent: bye\n  examples: |\n    - b\n",
        "",
        "# nothing yet\n",
    ],
)
def test_whatever_a_file_looks_like_its_bytes_stay(text: str) -> None:
    appended(text, HELLO, TRIP, Example("two\nlines", "greet"), Example("# no", "greet", metadata={"a": 1}))


def test_what_is_no_line_of_its_own_becomes_an_item_of_its_own() -> None:
    text = "nlu:\n- intent: greet\n  examples: |\n    - hey\n"

    assert appended(text, Example("two\nlines", "greet")).text == (
        text + '\n- intent: greet\n  examples:\n  - text: "two\\nlines"\n'
    )


def test_what_contradicts_the_file_is_said_with_its_line_and_not_added() -> None:
    text = "nlu:\n- intent: greet\n  examples: |\n    - hey\n    - in [Köln](city)\n"

    result = append(text, "nlu.yml", [Example("hey", "bye"), Example("in Köln", "greet"), HELLO])

    assert result.added == ("hello there",)
    assert [(problem.line, problem.message) for problem in result.problems] == [
        (4, "'hey' is an example of intent 'greet' in line 4: it is not added to 'bye'"),
        (5, "'in Köln' is an example with other entities in line 5: it is not added to 'greet'"),
    ]


def test_of_two_new_ones_that_contradict_each_other_the_first_is_added() -> None:
    result = append("", "nlu.yml", [HELLO, Example("hello there", "bye"), HELLO])

    assert (result.added, result.known) == (("hello there",), ("hello there",))
    assert [problem.message for problem in result.problems] == [
        "'hello there' is an example of intent 'greet' already: it is not added to 'bye'"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "## intent:greet\n- hey",
        "## intent: greet\r\n* hey\r\n* hi\r\n\r\n## synonym:a\r\n- b\r\n",
        "\ufeff## intent:greet\n  + hey <!-- a\n b -->\n## intent:bye\n- bye\n",
        "<!-- ## intent:greet -->\n## regex:a\n- b\n",
        "## intent:greet\n## intent:bye\n- bye\n\n\n",
        "## lookup:a\na.txt\n",
        "",
    ],
)
def test_markdown_is_appended_to(text: str) -> None:
    appended(text, HELLO, TRIP, name="nlu.md")


def test_in_markdown_an_example_goes_below_its_intent_with_the_mark_of_the_others() -> None:
    text = "## intent:greet\n  * hey\n\n## intent:bye\n- bye\n"

    assert appended(text, HELLO, name="nlu.md").text == text.replace("* hey\n", "* hey\n  * hello there\n")


@pytest.mark.parametrize(
    "examples",
    [
        "[]",
        '[{"text": "hey", "intent": "greet"}]',
        '[\n  {"text": "\\ud83d\\ude00 x",\n   "intent": "y"}\n ]',
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        '{"rasa_nlu_data": {"common_examples": %s}}',
        '{\n "rasa_nlu_data": {\r\n"x": [{"a":"]}"}, "\\"", 1.5], "common_examples":%s ,"y":null } }\n',
    ],
)
def test_json_is_appended_to(around: str, examples: str) -> None:
    text = around % examples

    result = appended(text, HELLO, TRIP, Example("two\nlines", "greet"), name="nlu.json")

    new = json.loads(result.text)["rasa_nlu_data"]
    old = json.loads(text)["rasa_nlu_data"]
    assert new["common_examples"][: len(old["common_examples"])] == old["common_examples"]
    assert new | {"common_examples": 0} == old | {"common_examples": 0}


def test_json_is_laid_out_as_it_is() -> None:
    text = json.dumps({"rasa_nlu_data": {"common_examples": [{"text": "a", "intent": "b"}]}}, indent=4)
    added = '{"text": "hello there", "intent": "greet", "entities": []}'

    lines = appended(text, HELLO, name="nlu.json").text.splitlines()

    assert lines[-6:-3] == [
        '                "intent": "greet",',
        '                "entities": []',
        "            }",
    ]
    assert (
        json.loads(added)
        == json.loads(appended(text, HELLO, name="nlu.json").text)["rasa_nlu_data"]["common_examples"][1]
    )


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("nlu.md", "## a story\n* greet\n  - utter_greet\n", "nlu.md: holds no NLU data"),
        ("nlu.md", "## intent:greet\n- hey\n<!-- no end\n", "nlu.md:3: a comment begins here"),
        ("nlu.json", "[1]", "nlu.json: holds no training data"),
        (
            "nlu.json",
            '{"rasa_nlu_data": {"regex_features": []}}',
            "nlu.json: expected a list `common_examples`",
        ),
        ("nlu.json", '{"rasa_nlu_data": ', "nlu.json:1: not JSON"),
        ("nlu.yml", "nlu: {}\nnlu: []\n", "nlu.yml:2: `nlu:` is here for the second time"),
        ("nlu.yml", "nlu:\n  a: 1\n", "nlu.yml:2: expected a list"),
        (
            "nlu.yml",
            "nlu:\n- intent: greet\n  examples: &e |\n    - a\n- regex: a\n  examples: *e\n",
            "nlu.yml: no",
        ),
        ("nlu.yml", "pipeline: []\n", "nlu.yml: holds no training data"),
    ],
)
def test_where_nothing_can_be_added_the_reason_is_said(name: str, text: str, reason: str) -> None:
    with pytest.raises(NotationError) as error:
        append(text, name, [HELLO])

    assert str(error.value).startswith(reason)


@settings(max_examples=60, deadline=None)
@given(told.nlu, told.nlu, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_of_any_file_all_is_kept_and_all_new_is_read(
    old: NluData, new: NluData, ends: str, ended: bool
) -> None:
    text = nlu_yaml.dump(old).replace("\n", ends)
    text = text if ended else text.rstrip("\r\n")
    before = nlu_yaml.loads(text).data

    result = append(text, "nlu.yml", new.examples)

    assert_kept(text, result.text)
    after = nlu_yaml.loads(result.text).data
    assert not Counter(before.examples) - Counter(after.examples)
    assert len(after.examples) == len(before.examples) + len(result.added)
    assert len(result.added) + len(result.known) + len(result.problems) == len(new.examples)
    assert after.synonyms == before.synonyms
