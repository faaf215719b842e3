"""YAML text to values and back."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import NotationError
from recorder.formats import yaml_reader, yaml_writer
from tests.formats import told

documents = st.dictionaries(told.texts, told.values, max_size=4)


@given(documents)
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    assert yaml_reader.plain(yaml_reader.load(yaml_writer.dumps(document)).root) == document


@given(st.dictionaries(told.texts, told.texts | st.booleans() | st.none() | told.integers, max_size=4))
def test_a_reader_of_the_older_yaml_reads_the_same(document: dict[str, Any]) -> None:
    assert (yaml.safe_load(yaml_writer.dumps(document)) or {}) == document


@given(st.text())
def test_any_text_is_a_document_or_an_error_with_a_sentence(text: str) -> None:
    try:
        yaml_reader.load(text, "any.yml")
    except NotationError as error:
        assert str(error).startswith("any.yml") and "\n" not in str(error)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *((word, word) for word in ("yes", "no", "on", "y", "2020-01-01", "12:30", "1_000", ".inf", "1e999")),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("12", 12), ("-3", -3),
        ("0o17", 15), ("0x1F", 31), ("012", 12), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5),
        ("9" * 20, "9" * 20), ("9" * 5000, "9" * 5000), ("'12'", "12"), ("!!str 12", "12"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_yaml_1_2_says(word: str, value: Any) -> None:
    found = yaml_reader.load(f"key: {word}").root["key"]

    assert found == value and type(found) is type(value)


def test_keys_and_items_know_their_lines() -> None:
    root = yaml_reader.load("# first\na: 1\nb:\n- x\n- |\n  text\n- c: 2\n").root

    assert root.lines == {"a": 2, "b": 3}
    assert root["b"].lines == [4, 6, 7]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: b: c", 1, "mapping values are not allowed"),
        ("a:\n\t- b", 2, "indent with spaces"),
        ("a: 'x", 1, "end of stream"),
        ("a: 1\nb: \x01", 2, "control characters"),
        ("- a", 1, "expected sections"),
        ("words", 1, "expected sections"),
        ("a: !!python/object:os.system x", 1, "means nothing"),
        ("a: !!python/name:os.system ''", 1, "means nothing"),
        ("? [a]\n: b", 1, "a word as key"),
        ("a: &a [*a]", 1, "inside what it names"),
        ("a: *b", 1, "names nothing"),
        ("a: " + "[" * 100_000, 1, "nest"),
        ("a: " + "{b: " * 100_000, 1, "nest"),
    ],
)
def test_what_is_no_document_is_an_error_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(NotationError, match=re.escape(message)) as caught:
        yaml_reader.load(text, "f.yml")

    assert (caught.value.file, caught.value.line) == ("f.yml", line)


def test_aliases_that_stand_for_billions_are_refused_at_once() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    text = "\n".join(["l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", *levels])

    with pytest.raises(NotationError, match="aliases stand for more"):
        yaml_reader.load(text)


def test_aliases_that_pile_up_depth_are_refused() -> None:
    text = "\n".join(["l0: &l0 [x]"] + [f"l{n}: &l{n} {'[' * 50}*l{n - 1}{']' * 50}" for n in range(1, 50)])

    with pytest.raises(NotationError, match="nest"):
        yaml_reader.load(text)


def test_an_ordinary_alias_is_read() -> None:
    assert yaml_reader.load("a: &x [1, 2]\nb: *x").root == {"a": [1, 2], "b": [1, 2]}


def test_repeated_keys_and_further_documents_are_problems() -> None:
    document = yaml_reader.load("a: 1\na: 2\n---\nb: 1\n", "f.yml")

    assert document.root == {"a": 2}
    assert [problem.line for problem in document.problems] == [2, 3]


def test_a_comment_stays_on_its_line() -> None:
    comment = yaml_writer.comment("x\ny: 1\u2028z\x00\u202e")

    assert comment == "# x\\u000ay: 1\\u2028z\\u0000\\u202e\n"
    assert yaml_reader.load(comment).root == {}


def test_a_key_longer_than_yaml_allows_is_written_the_other_way() -> None:
    document = {"a" * 3000: [{"b c" * 1000: {"d": 1}}]}

    assert yaml_reader.load(yaml_writer.dumps(document)).root == document
