"""What a model said: whole rankings, beside what was done, never mixed with it."""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event, JsonObject

Ranking = tuple[tuple[str, float], ...]
"""(name, probability 0.0 to 1.0), most probable first; ties by name."""


class IntentRanked(Event, frozen=True):
    """A model understood a message."""

    type: ClassVar[str] = "intent_ranked"

    about: str
    """Id of the `UserUttered` event."""
    model: str
    ranking: Ranking
    """All intents of the model's domain."""
    entities: tuple[JsonObject, ...] = ()


class ActionRanked(Event, frozen=True):
    """A model proposed the next action."""

    type: ClassVar[str] = "action_ranked"

    about: str
    """Id of the `ActionExecuted` event that stands where the prediction was wanted."""
    model: str
    ranking: Ranking
    """All actions of the model's domain."""
    policy: str | None = None
    """Which part of the model decided: `memorised`, `rules`, `learned`, …"""
    late: bool = False
    """True when the model ranked a session that had been recorded without it (`recorder rank`)."""
