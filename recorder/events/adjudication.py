"""What an adjudicator decides of a step, in the session's own stream of adjudications.

It stands over all votes, of before and of later, until it is withdrawn or another one takes its place.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from recorder.events.event import Event, JsonObject


class StepAdjudicated(Event, frozen=True):
    """What is right at a step."""

    type: ClassVar[str] = "step_adjudicated"

    step: str
    decisions: tuple[JsonObject, ...]
    """As an annotator's, in order: each the `type` of a decision with its own fields, without step and
    version."""
    reason: str
    """Why there was something to adjudicate: `ambiguous`, `guideline gap`, `slip`, `edge case`,
    `subjective`; or empty."""
    note: str = ""
    seen: JsonObject = field(default_factory=dict)
    """Annotator -> mark of the vote that the adjudicator knew (`recorder.review.verdicts.mark`)."""


class AdjudicationWithdrawn(Event, frozen=True):
    """The step is what the votes say again."""

    type: ClassVar[str] = "adjudication_withdrawn"

    step: str
