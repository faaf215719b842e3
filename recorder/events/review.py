"""Decisions of one annotator on one session, in the annotator's own stream.

A decision's id is the event's id in the log: the same press twice is one decision. `made_on` is the
version of the step that the annotator saw: how many decisions this annotator's stream already held
about that step (undo and redo count too). A decision made on another version than the current one
is refused. Corrections point at events of the session by id; the session itself is never touched.
"""

from __future__ import annotations

from typing import Any, ClassVar

from recorder.events.event import Event, JsonObject


class _Sighted(Event, frozen=True, kw_only=True):
    shown: str = ""
    """What the annotator had seen of the model at this step: `model`, `blind` (nothing); "": not known."""


class Decision(_Sighted, frozen=True):
    """What an annotator said of one step."""

    type: ClassVar[str] = ""

    step: str
    """Id of the session's event that the step stands for (`UserUttered` or `ActionExecuted`)."""
    made_on: int


class StepConfirmed(Decision, frozen=True):
    """The step is right as recorded, or as corrected so far.

    For the first action after a message this says of the message's intent and entities that they
    are right as well: that is what the classic question asks ("due to the intent").
    """

    type: ClassVar[str] = "step_confirmed"


class RestConfirmed(Decision, frozen=True):
    """`step` and all later undecided steps that hold are right: `steps`, in order, one undo."""

    type: ClassVar[str] = "rest_confirmed"

    steps: tuple[str, ...]


class ActionCorrected(Decision, frozen=True):
    """The bot should have done `action` here. What it did, and what that brought about, goes."""

    type: ClassVar[str] = "action_corrected"

    action: str


class IntentCorrected(Decision, frozen=True):
    """The message meant `intent`."""

    type: ClassVar[str] = "intent_corrected"

    intent: str


class EntitiesCorrected(Decision, frozen=True):
    """The message held these entities and no others.

    Each has `entity`, `value`, `start`, `end` and, where they apply, `role` and `group`.
    """

    type: ClassVar[str] = "entities_corrected"

    entities: tuple[JsonObject, ...]


class SlotCorrected(Decision, frozen=True):
    """After this step the slot `name` holds `value`."""

    type: ClassVar[str] = "slot_corrected"

    name: str
    value: Any = None


class ActionInserted(Decision, frozen=True):
    """The bot should have done `action` first, before the action of this step."""

    type: ClassVar[str] = "action_inserted"

    action: str


class ActionRemoved(Decision, frozen=True):
    """The bot should not have done this at all."""

    type: ClassVar[str] = "action_removed"


class SessionCut(Decision, frozen=True):
    """Nothing from this step to the end of its episode is to be used."""

    type: ClassVar[str] = "session_cut"


class RestKept(Decision, frozen=True):
    """Although this step was corrected, what the user said afterwards still holds."""

    type: ClassVar[str] = "rest_kept"


class StepUnsure(Decision, frozen=True):
    """The annotator cannot tell."""

    type: ClassVar[str] = "step_unsure"


class StepSkipped(Decision, frozen=True):
    """The annotator leaves this step to others."""

    type: ClassVar[str] = "step_skipped"


class StepNoted(Decision, frozen=True):
    """A note for people; an empty text takes it away."""

    type: ClassVar[str] = "step_noted"

    text: str


class StepFlagged(Decision, frozen=True):
    """`flag` is one of `bug`, `privacy`, `guideline`, `other`; an empty one takes it away."""

    type: ClassVar[str] = "step_flagged"

    flag: str


class ResponseWritten(Decision, frozen=True):
    """The text that the response `name` (`utter_…`) should say."""

    type: ClassVar[str] = "response_written"

    name: str
    text: str


class DecisionUndone(Event, frozen=True):
    """The annotator takes back the decision with this id; a redo brings it back."""

    type: ClassVar[str] = "decision_undone"

    decision: str


class DecisionRedone(Event, frozen=True):
    type: ClassVar[str] = "decision_redone"

    decision: str


class ReviewSubmitted(Event, frozen=True):
    """The annotator is done. `session_version`: how many events the session had on the screen."""

    type: ClassVar[str] = "review_submitted"

    session_version: int


class ReviewReopened(Event, frozen=True):
    type: ClassVar[str] = "review_reopened"
