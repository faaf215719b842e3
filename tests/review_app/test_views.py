"""What the pages say, without the pages."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import review_app
from review_app import views

WORDS = [each.name for each in pkgutil.iter_modules(review_app.__path__) if each.name.endswith("views")]


@pytest.mark.parametrize("name", WORDS)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"review_app.{name}")).failed == 0


@pytest.mark.parametrize(
    ("sure", "level"), [(None, "unknown"), (0.0, "low"), (0.5, "middle"), (0.8, "high"), (1.0, "high")]
)
def test_a_probability_has_a_level(sure: float | None, level: str) -> None:
    assert views.level(sure) == level


@given(st.text())
def test_plain_text_keeps_its_characters_and_hides_none(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", views.plain(text)) == text.replace("\n", " ")
