"""A message understood otherwise than the model did: as it stands then, and the decisions that say so."""

from __future__ import annotations

from collections.abc import Iterable

from recorder.events.event import JsonObject, changed
from recorder.events.prediction import IntentRanked
from recorder.events.review import Decision, EntitiesCorrected, IntentCorrected
from recorder.events.session import UserUttered


def reread(
    message: UserUttered, ranked: IntentRanked, intent: str, entities: Iterable[JsonObject]
) -> tuple[UserUttered, list[Decision]]:
    """The message with this intent and these entities; the decisions lack step and version.

    Args:
        ranked: what the model said of it. Where it said the same, that stays, with its confidence; an
            entity that it found too keeps what it said of it. None at all differs: no decision.
    """
    found = tuple(_as_found(entity, ranked.entities) for entity in entities)
    said = {key: value for key, value in message.parse_data.items() if key != "intent_ranking"}
    best, confidence = ranked.ranking[0] if ranked.ranking else (None, 0.0)
    sure = {"name": intent, "confidence": confidence if best == intent else 1.0}
    decisions: list[Decision] = []
    if best != intent:
        decisions.append(IntentCorrected("", 0, intent))
    if found != tuple(ranked.entities):
        decisions.append(EntitiesCorrected("", 0, found))
    return changed(message, parse_data={**said, "intent": sure, "entities": [*found]}), decisions


def as_first_read(message: UserUttered, ranked: IntentRanked) -> UserUttered:
    """The message as the model understood it."""
    if ranked.ranking:
        return reread(message, ranked, ranked.ranking[0][0], ranked.entities)[0]
    nothing = {"name": None, "confidence": 0.0}
    return changed(
        message, parse_data={**message.parse_data, "intent": nothing, "entities": [*ranked.entities]}
    )


def _as_found(entity: JsonObject, found: Iterable[JsonObject]) -> JsonObject:
    same = ("entity", "value", "start", "end", "role", "group")
    return next((each for each in found if all(each.get(k) == entity.get(k) for k in same)), entity)
