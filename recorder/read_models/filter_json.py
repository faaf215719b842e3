"""Filters as the log keeps them: one JSON object, without what is as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from recorder.events.event import JsonObject
from recorder.read_models.session_list import Filters, Sort
from recorder.review.summary import Status

_USUAL: Final = Filters()
_SORTS: Final = get_args(Sort)
_STATUSES: Final = get_args(Status)


def to_json(filters: Filters) -> JsonObject:
    """
    >>> to_json(Filters(text="refund", tags=("angry",)))
    {'text': 'refund', 'tags': ('angry',)}
    """
    held = {name: getattr(filters, name) for name in Filters.__slots__ if name != "without"}
    return {name: value for name, value in held.items() if value != getattr(_USUAL, name)}


def from_json(said: Mapping[str, Any]) -> Filters:
    """The filters of an object, whatever it holds: what this program does not know is as usual.

    >>> from_json({"text": 3, "tags": ["angry", 3], "sort": "newest", "low": 0.5, "later": 1}).tags
    ('angry',)
    """
    low, high = _share(said.get("low"), _USUAL.low), _share(said.get("high"), _USUAL.high)
    sort = said.get("sort")
    return Filters(
        text=text if isinstance(text := said.get("text"), str) else "",
        intents=_names(said.get("intents")),
        actions=_names(said.get("actions")),
        sources=_names(said.get("sources")),
        tags=_names(said.get("tags")),
        statuses=cast(tuple[Status, ...], tuple(s for s in _names(said.get("statuses")) if s in _STATUSES)),
        low=min(low, high),
        high=max(low, high),
        sort=cast(Sort, sort) if sort in _SORTS else _USUAL.sort,
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


def _share(value: object, usual: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else usual
