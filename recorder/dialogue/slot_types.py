"""What a slot's type lets the dialogue see of its value."""

from __future__ import annotations

from typing import Any, Final

from recorder.dialogue.domain import Slot

TYPES: Final = ("text", "bool", "categorical", "float", "list", "any")
"""Another type is a class of the user's, of which nothing is known: its values are kept and not seen."""
SEEN: Final = ("text", "bool", "categorical", "float", "list")
"""Types whose values may count for the next action."""

OTHER: Final = "__other__"
"""What a categorical slot shows for a value that it does not list."""


def seen(slot: Slot, value: Any) -> str | None:
    """What counts of `value` for the next action; values that mean the same show the same. None: nothing."""
    if not slot.influence_conversation:
        return None
    match slot.type:
        case "bool":
            truth = as_bool(value)
            return None if truth is None else str(truth).lower()
        case "categorical":
            return _category(value, slot.values)
        case "float":
            return _tenths(value, slot.min_value, slot.max_value)
        case "list":
            return "filled" if isinstance(value, list | tuple | str | dict) and value else None
        case "text":
            return None if value is None else "filled"
        case _:
            return None


def as_bool(value: Any) -> bool | None:
    """True and false as Rasa reads them: numbers, and words for them; None where it is neither.

    >>> [as_bool(value) for value in (True, 1, "1", " True", "false", 0, "yes", None)]
    [True, True, True, True, False, False, None, None]
    """
    match value:
        case bool():
            return value
        case int() | float():
            return value == 1
        case str() if value.isnumeric():
            return value == "1"
        case str():
            return {"true": True, "false": False}.get(value.strip().lower())
        case _:
            return None


def _category(value: Any, values: tuple[Any, ...]) -> str | None:
    name = str(value).lower()
    if name in {str(known).lower() for known in values}:
        return name
    return None if value is None else OTHER


def _tenths(value: Any, low: float, high: float) -> str | None:
    """Where a number lies between `low` and `high`, in tenths, so that equal enough is equal."""
    try:
        place = (float(value) - low) / ((high - low) or 1.0)
    except (TypeError, ValueError, OverflowError):
        return None
    return f"{round(min(1.0, max(0.0, place)), 1)}" if place == place else None
