"""Decisions of one annotator on one session, in the annotator's own stream.

A decision's id is the event's id in the log: the same press twice is one decision. `made_on` is the
version of the step that the annotator saw: how many decisions this annotator's stream already held
about that step (undo and redo count too). A decision made on another version than the current one
is refused. Corrections point at events of the session by id; the session itself is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from recorder.events.event import Event, JsonObject


@dataclass(frozen=True, slots=True)
class Decision(Event):
    """What an annotator said of one step."""

    type: ClassVar[str] = ""

    step: str
    """Id of the session's event that the step stands for (`UserUttered` or `ActionExecuted`)."""
    made_on: int


@dataclass(frozen=True, slots=True)
class StepConfirmed(Decision):
    """The step is right as recorded, or as corrected so far.

    For the first action after a message this says of the message's intent and entities that they
    are right as well: that is what the classic question asks ("due to the intent").
    """

    type: ClassVar[str] = "step_confirmed"


@dataclass(frozen=True, slots=True)
class RestConfirmed(Decision):
    """`step` and all later undecided steps that hold are right: `steps`, in order, one undo."""

    type: ClassVar[str] = "rest_confirmed"

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionCorrected(Decision):
    """The bot should have done `action` here. What it did, and what that brought about, goes."""

    type: ClassVar[str] = "action_corrected"

    action: str


@dataclass(frozen=True, slots=True)
class IntentCorrected(Decision):
    """The message meant `intent`."""

    type: ClassVar[str] = "intent_corrected"

    intent: str


@dataclass(frozen=True, slots=True)
class EntitiesCorrected(Decision):
    """The message held these entities and no others.

    Each has `entity`, `value`, `start`, `end` and, where they apply, `role` and `group`.
    """

    type: ClassVar[str] = "entities_corrected"

    entities: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class SlotCorrected(Decision):
    """After this step the slot `name` holds `value`."""

    type: ClassVar[str] = "slot_corrected"

    name: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class ActionInserted(Decision):
    """The bot should have done `action` first, before the action of this step."""

    type: ClassVar[str] = "action_inserted"

    action: str


@dataclass(frozen=True, slots=True)
class ActionRemoved(Decision):
    """The bot should not have done this at all."""

    type: ClassVar[str] = "action_removed"


@dataclass(frozen=True, slots=True)
class SessionCut(Decision):
    """Nothing from this step to the end of its episode is to be used."""

    type: ClassVar[str] = "session_cut"


@dataclass(frozen=True, slots=True)
class RestKept(Decision):
    """Although this step was corrected, what the user said afterwards still holds."""

    type: ClassVar[str] = "rest_kept"


@dataclass(frozen=True, slots=True)
class StepUnsure(Decision):
    """The annotator cannot tell."""

    type: ClassVar[str] = "step_unsure"


@dataclass(frozen=True, slots=True)
class StepSkipped(Decision):
    """The annotator leaves this step to others."""

    type: ClassVar[str] = "step_skipped"


@dataclass(frozen=True, slots=True)
class StepNoted(Decision):
    """A note for people; an empty text takes it away."""

    type: ClassVar[str] = "step_noted"

    text: str


@dataclass(frozen=True, slots=True)
class StepFlagged(Decision):
    """`flag` is one of `bug`, `privacy`, `guideline`, `other`; an empty one takes it away."""

    type: ClassVar[str] = "step_flagged"

    flag: str


@dataclass(frozen=True, slots=True)
class ResponseWritten(Decision):
    """The text that the response `name` (`utter_…`) should say."""

    type: ClassVar[str] = "response_written"

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class DecisionUndone(Event):
    """The annotator takes back the decision with this id; a redo brings it back."""

    type: ClassVar[str] = "decision_undone"

    decision: str


@dataclass(frozen=True, slots=True)
class DecisionRedone(Event):
    type: ClassVar[str] = "decision_redone"

    decision: str


@dataclass(frozen=True, slots=True)
class ReviewSubmitted(Event):
    """The annotator is done. `session_version`: how many events the session had on the screen."""

    type: ClassVar[str] = "review_submitted"

    session_version: int


@dataclass(frozen=True, slots=True)
class ReviewReopened(Event):
    type: ClassVar[str] = "review_reopened"
