"""JSON that others wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import NotationError
from recorder.formats.json_text import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": NaN, "b": [-Infinity]}', {"a": "NaN", "b": ["-Infinity"]}),
        (rb'["\ud800", "\ud83d\ude00"]', ["\N{REPLACEMENT CHARACTER}", "😀"]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[" * 200 + b"]" * 200, None),
    ],
)
def test_what_python_writes_is_read(text: bytes, value: Any) -> None:
    assert value is None or parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": ', "not JSON: unexpected end"),
        ('"é"'.encode("latin-1"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"[" * 5000, "nested too deeply"),
        (b"1e999", "not JSON"),
        (b"9" * 5000, ""),
        (b"", "not JSON"),
    ],
)
def test_what_is_no_json_is_named(text: bytes, reason: str) -> None:
    try:
        parse(text)
    except NotationError as error:
        assert reason in str(error)


@given(st.recursive(st.none() | st.floats() | st.text(st.characters()), st.lists))
def test_all_that_python_writes_is_read(value: Any) -> None:
    parse(json.dumps(value).encode())


@given(st.binary())
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        parse(text)
    except NotationError as error:
        assert str(error)
