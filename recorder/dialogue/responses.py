"""What the bot says when it does `utter_…`: a variation of the domain's response, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from recorder.dialogue.domain import Domain
from recorder.events.session import BotUttered

RICH: Final = ("image", "buttons", "custom", "attachment", "elements", "quick_replies")
"""What a response may hold beside its text."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]+)\}")


def say(domain: Domain, name: str, values: Mapping[str, Any], *, turn: int = 0) -> BotUttered | None:
    """The response `name`, or None where the domain has none.

    Variations whose conditions hold come before those without any; among equals they take turns.

    Args:
        values: what `{name}` in the response stands for: slots, and what an action passed on.
        turn: any number; the next one gives the next variation.
    """
    variations = _fitting(domain.responses.get(name, ()), values)
    if not variations:
        return None
    chosen = variations[turn % len(variations)]
    filled = _filled({key: value for key, value in chosen.items() if key in ("text", *RICH)}, values)
    text = filled.pop("text", None)
    return BotUttered(
        None if text is None else str(text),
        {key: value for key, value in filled.items() if value},
        metadata={"utter_action": name},
    )


def _fitting(variations: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    conditional = [v for v in variations if v.get("condition") and _holds(v["condition"], values)]
    return conditional or [v for v in variations if not v.get("condition")]


def _holds(conditions: Any, values: Mapping[str, Any]) -> bool:
    return isinstance(conditions, list) and all(
        isinstance(one, Mapping) and values.get(str(one.get("name"))) == one.get("value")
        for one in conditions
    )


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    match value:
        case str():
            # A name that nothing stands for stays as written: it may be no placeholder at all.
            return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), value)
        case list():
            return [_filled(one, values) for one in value]
        case Mapping():
            return {key: _filled(one, values) for key, one in value.items()}
        case _:
            return value
