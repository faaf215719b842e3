"""Structured input: `/intent@0.9{"entity": "value"}` says what it means without a classifier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from recorder.dialogue.domain import DEFAULT_INTENTS, Domain
from recorder.events.event import JsonObject

_FORM: Final = re.compile(
    r"\s*/(?P<intent>[^\s{@]+)(?P<confidence>@[0-9.]+)?\s*(?P<entities>\{.*\})?\s*", re.DOTALL
)
MAX_CHARACTERS: Final = 100_000
"""A longer message is not taken to be structured."""


@dataclass(frozen=True, slots=True)
class Structured:
    """What a structured message says."""

    intent: str
    confidence: float
    entities: JsonObject
    start: int
    end: int
    """The part of the message that names the entities."""

    def entities_of(self, domain: Domain) -> tuple[JsonObject, ...]:
        """The entities that the domain knows, one for each value of a list."""
        known = {entity.name for entity in domain.entities}
        return tuple(
            {"entity": name, "start": self.start, "end": self.end, "value": value}
            for name, values in self.entities.items()
            if name in known
            for value in (values if isinstance(values, list) else [values])
        )


def read(text: str) -> Structured | None:
    """What a message says, if it is structured. Entities that are no JSON object are left out."""
    found = _FORM.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if found is None:
        return None
    start, end = found.span("entities")
    return Structured(
        found["intent"], _confidence(found["confidence"]), _entities(found["entities"]), start, end
    )


def known_intents(domain: Domain) -> tuple[str, ...]:
    """The domain's intents, and those that every assistant has."""
    return (*domain.intent_names, *DEFAULT_INTENTS)


def _confidence(written: str | None) -> float:
    if written is None:
        return 1.0
    try:
        return min(1.0, float(written[1:]))
    except ValueError:
        return 0.0


def _entities(written: str | None) -> JsonObject:
    try:
        read: Any = orjson.loads(written) if written else {}
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}
