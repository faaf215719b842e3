"""What the bot says when it does `utter_…`: a variation of the domain's response, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from recorder.dialogue.domain import Domain
from recorder.events.session import BotUttered

RICH: Final = ("image", "buttons", "custom", "attachment", "elements", "quick_replies")
"""What a response may hold beside its text."""

_CHOOSING: Final = ("condition", "channel")
"""What says when a variation is chosen."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]+)\}")


def say(
    domain: Domain,
    name: str,
    values: Mapping[str, Any],
    *,
    turn: int = 0,
    channel: str | None = None,
) -> BotUttered | None:
    """The response `name`, or None where the domain has none that fits.

    Of the variations that fit, those for the channel come first, then those with a condition; equals take
    turns. What a variation holds beside what is shown (`id`, `metadata`, …) is kept with the message.

    Args:
        values: what `{name}` in the response stands for: slots, and what an action passed on.
        turn: any number; the next one gives the next variation.
        channel: how the user's latest message came in.
    """
    variations = _fitting(domain.responses.get(name, ()), values, channel)
    if not variations:
        return None
    chosen = variations[turn % len(variations)]
    filled = _filled({key: chosen[key] for key in ("text", *RICH) if chosen.get(key)}, values)
    text = filled.pop("text", None)
    kept = {key: value for key, value in chosen.items() if key not in ("text", *RICH, *_CHOOSING)}
    return BotUttered(None if text is None else str(text), filled, metadata={**kept, "utter_action": name})


def _fitting(
    variations: Sequence[Mapping[str, Any]], values: Mapping[str, Any], channel: str | None
) -> list[Mapping[str, Any]]:
    fit = [
        (v.get("channel") is not None, bool(v.get("condition")), v)
        for v in variations
        if v.get("channel") in (None, channel) and _holds(v.get("condition"), values)
    ]
    best = max((kind for *kind, _ in fit), default=None)
    return [variation for *kind, variation in fit if kind == best]


def _holds(conditions: Any, values: Mapping[str, Any]) -> bool:
    """Whether all conditions hold; none hold that are no list of conditions."""
    return not conditions or (
        isinstance(conditions, list)
        and all(
            isinstance(one, Mapping) and _alike(values.get(str(one.get("name"))), one.get("value"))
            for one in conditions
        )
    )


def _alike(value: Any, wanted: Any) -> bool:
    """Words in any case; True is not 1."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


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
