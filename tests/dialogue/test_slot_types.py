"""What the dialogue sees of slots' values."""

from __future__ import annotations

import math
from typing import Any

import pytest

from recorder.dialogue.domain import Slot
from recorder.dialogue.slot_types import as_bool, seen

MOOD = Slot("mood", "categorical", values=("Good", "bad", 1))
HEAT = Slot("heat", "float", min_value=10, max_value=30)


@pytest.mark.parametrize(
    ("slot", "value", "shown"),
    [
        (Slot("name"), "Ann", "filled"),
        (Slot("name"), None, None),
        (Slot("sure", "bool"), "False", "false"),
        (Slot("sure", "bool"), 1, "true"),
        (Slot("sure", "bool"), "perhaps", None),
        (Slot("sure", "bool"), None, None),
        (MOOD, "GOOD", "good"),
        (MOOD, "1", "1"),
        (MOOD, "so so", "__other__"),
        (MOOD, None, None),
        (Slot("mood", "categorical", values=(None, "x")), None, "none"),
        (HEAT, 20, "0.5"),
        (HEAT, "20.4", "0.5"),
        (HEAT, 99, "1.0"),
        (HEAT, -99, "0.0"),
        (HEAT, math.nan, None),
        (HEAT, 10**400, None),
        (HEAT, "warm", None),
        (HEAT, None, None),
        (Slot("things", "list"), ["a"], "filled"),
        (Slot("things", "list"), [], None),
        (Slot("things", "list"), 5, None),
        (Slot("thing", "any"), "x", None),
        (Slot("thing", "my.slots.Thing"), "x", None),
        (Slot("name", influence_conversation=False), "Ann", None),
    ],
)
def test_a_type_says_what_of_a_value_counts(slot: Slot, value: Any, shown: str | None) -> None:
    assert seen(slot, value) == shown


def test_words_for_true_and_false_are_known() -> None:
    assert [as_bool(value) for value in (True, 1, "1", " True", 1.0)] == [True] * 5
    assert [as_bool(value) for value in (False, 0, "0", "FALSE ", 2, "2")] == [False] * 6
    assert [as_bool(value) for value in ("yes", "", None)] == [None] * 3
