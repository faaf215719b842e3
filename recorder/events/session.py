"""What happens in a conversation: one class for each event kind of Rasa's, and one for all others.

Every class keeps `metadata` as it came and, in `extra`, the keys that it does not name itself, so
that nothing of a source is lost. `type` is Rasa's own tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import field

from recorder.events.event import Event, JsonObject


class SessionEvent(Event, frozen=True, kw_only=True):
    """Something that happened in a conversation."""

    type: ClassVar[str] = ""

    metadata: JsonObject | None = None
    extra: JsonObject = field(default_factory=dict)
    """Keys of the source that this program does not know, verbatim."""


class UserUttered(SessionEvent, frozen=True):
    """The user sent a message; `text` is kept exactly as received."""

    type: ClassVar[str] = "user"

    text: str | None
    parse_data: JsonObject = field(default_factory=dict)
    """What understood it said (formats.md §1.2), verbatim: `intent`, `entities`, `intent_ranking`, …"""
    input_channel: str | None = None
    message_id: str | None = None

    @property
    def intent(self) -> str | None:
        """Name of the intent; None where the source has none."""
        name = _mapping(self.parse_data.get("intent")).get("name")
        return name if isinstance(name, str) else None

    @property
    def confidence(self) -> float | None:
        """Probability of the intent, 0.0 to 1.0."""
        return _number(_mapping(self.parse_data.get("intent")).get("confidence"))

    @property
    def entities(self) -> tuple[JsonObject, ...]:
        """Each with at least `entity` and `value`; `start`, `end` are code points, end exclusive."""
        found = self.parse_data.get("entities")
        return (
            tuple(e for e in found if isinstance(e, dict) and "entity" in e)
            if isinstance(found, list)
            else ()
        )

    @property
    def intent_ranking(self) -> tuple[tuple[str, float], ...]:
        """(intent, probability), as the source gave it; empty where it gave none."""
        found = self.parse_data.get("intent_ranking")
        return tuple(
            (entry["name"], _number(entry.get("confidence")) or 0.0)
            for entry in (found if isinstance(found, list) else ())
            if isinstance(entry, dict) and isinstance(entry.get("name"), str)
        )


class BotUttered(SessionEvent, frozen=True):
    """The bot sent a message; `data` holds buttons, image, attachment, custom, …"""

    type: ClassVar[str] = "bot"

    text: str | None
    data: JsonObject = field(default_factory=dict)


class ActionExecuted(SessionEvent, frozen=True):
    """The bot did `name`, or said `action_text` (end to end); one of them is set."""

    type: ClassVar[str] = "action"

    name: str | None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    hide_rule_turn: bool | None = None


class SlotSet(SessionEvent, frozen=True):
    type: ClassVar[str] = "slot"

    name: str
    value: Any = None


class EntitiesAdded(SessionEvent, frozen=True):
    """A policy found entities in the latest message."""

    type: ClassVar[str] = "entities"

    entities: tuple[JsonObject, ...] = ()


class UserFeaturized(SessionEvent, frozen=True):
    """Whether the policies saw the text of the latest message, or its intent."""

    type: ClassVar[str] = "user_featurization"

    use_text_for_featurization: bool | None = None


class SessionStarted(SessionEvent, frozen=True):
    type: ClassVar[str] = "session_started"


class Restarted(SessionEvent, frozen=True):
    type: ClassVar[str] = "restart"


class UserUtteranceReverted(SessionEvent, frozen=True):
    """The latest user message and the `action_listen` before it are taken back."""

    type: ClassVar[str] = "rewind"


class ActionReverted(SessionEvent, frozen=True):
    """The latest action and what followed from it are taken back."""

    type: ClassVar[str] = "undo"


class AllSlotsReset(SessionEvent, frozen=True):
    type: ClassVar[str] = "reset_slots"


class ActiveLoop(SessionEvent, frozen=True):
    """The form `name` became active; None: no form is active any more."""

    type: ClassVar[str] = "active_loop"

    name: str | None = None


class LoopInterrupted(SessionEvent, frozen=True):
    type: ClassVar[str] = "loop_interrupted"

    is_interrupted: bool = False


class ActionExecutionRejected(SessionEvent, frozen=True):
    """The action `name` declined to run; another one may answer."""

    type: ClassVar[str] = "action_execution_rejected"

    name: str | None
    policy: str | None = None
    confidence: float | None = None


class FollowupAction(SessionEvent, frozen=True):
    """The next action is `name`, whatever a policy says."""

    type: ClassVar[str] = "followup"

    name: str | None


class ConversationPaused(SessionEvent, frozen=True):
    type: ClassVar[str] = "pause"


class ConversationResumed(SessionEvent, frozen=True):
    type: ClassVar[str] = "resume"


class AgentUttered(SessionEvent, frozen=True):
    """A human agent spoke in the bot's place."""

    type: ClassVar[str] = "agent"

    text: str | None
    data: JsonObject = field(default_factory=dict)


class ReminderScheduled(SessionEvent, frozen=True):
    type: ClassVar[str] = "reminder"

    intent: str | None = None
    date_time: str | None = None
    entities: Any = None
    name: str | None = None
    kill_on_user_msg: bool | None = None


class ReminderCancelled(SessionEvent, frozen=True):
    type: ClassVar[str] = "cancel_reminder"

    name: str | None = None
    intent: str | None = None
    entities: Any = None


class StoryExported(SessionEvent, frozen=True):
    """Somebody exported the story then; replaying it writes nothing."""

    type: ClassVar[str] = "export"

    path: str | None = None


class Opaque(SessionEvent, frozen=True):
    """An event of a kind that this program does not know: kept verbatim, shown, never interpreted."""

    type: ClassVar[str] = "opaque"

    kind: str
    data: JsonObject = field(default_factory=dict)
    """The whole source object, its `event` and `timestamp` included."""


class SessionRecorded(SessionEvent, frozen=True):
    """Where a session came from. Ours, not Rasa's: written once, before its first event."""

    type: ClassVar[str] = "session_recorded"

    source: str
    """`talk`, `rasa-x`, `rasa-sql`, `broker`, `tracker`, `jsonl`, …"""
    origin: str | None = None
    """Name of the file or address, without its folder."""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
