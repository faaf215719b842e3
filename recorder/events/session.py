"""What happens in a conversation: one class for each event kind of Rasa's, and one for all others.

Every class keeps `metadata` as it came and, in `extra`, the keys that it does not name itself, so
that nothing of a source is lost. `type` is Rasa's own tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from recorder.events.event import Event, JsonObject


@dataclass(frozen=True, slots=True)
class SessionEvent(Event):
    """Something that happened in a conversation."""

    type: ClassVar[str] = ""

    metadata: JsonObject | None = field(default=None, kw_only=True)
    extra: JsonObject = field(default_factory=dict, kw_only=True)
    """Keys of the source that this program does not know, verbatim."""


@dataclass(frozen=True, slots=True)
class UserUttered(SessionEvent):
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


@dataclass(frozen=True, slots=True)
class BotUttered(SessionEvent):
    """The bot sent a message; `data` holds buttons, image, attachment, custom, …"""

    type: ClassVar[str] = "bot"

    text: str | None
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionExecuted(SessionEvent):
    """The bot did `name`, or said `action_text` (end to end); one of them is set."""

    type: ClassVar[str] = "action"

    name: str | None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    hide_rule_turn: bool | None = None


@dataclass(frozen=True, slots=True)
class SlotSet(SessionEvent):
    type: ClassVar[str] = "slot"

    name: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class EntitiesAdded(SessionEvent):
    """A policy found entities in the latest message."""

    type: ClassVar[str] = "entities"

    entities: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class UserFeaturized(SessionEvent):
    """Whether the policies saw the text of the latest message, or its intent."""

    type: ClassVar[str] = "user_featurization"

    use_text_for_featurization: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionStarted(SessionEvent):
    type: ClassVar[str] = "session_started"


@dataclass(frozen=True, slots=True)
class Restarted(SessionEvent):
    type: ClassVar[str] = "restart"


@dataclass(frozen=True, slots=True)
class UserUtteranceReverted(SessionEvent):
    """The latest user message and the `action_listen` before it are taken back."""

    type: ClassVar[str] = "rewind"


@dataclass(frozen=True, slots=True)
class ActionReverted(SessionEvent):
    """The latest action and what followed from it are taken back."""

    type: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True)
class AllSlotsReset(SessionEvent):
    type: ClassVar[str] = "reset_slots"


@dataclass(frozen=True, slots=True)
class ActiveLoop(SessionEvent):
    """The form `name` became active; None: no form is active any more."""

    type: ClassVar[str] = "active_loop"

    name: str | None = None


@dataclass(frozen=True, slots=True)
class LoopInterrupted(SessionEvent):
    type: ClassVar[str] = "loop_interrupted"

    is_interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ActionExecutionRejected(SessionEvent):
    """The action `name` declined to run; another one may answer."""

    type: ClassVar[str] = "action_execution_rejected"

    name: str | None
    policy: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class FollowupAction(SessionEvent):
    """The next action is `name`, whatever a policy says."""

    type: ClassVar[str] = "followup"

    name: str | None


@dataclass(frozen=True, slots=True)
class ConversationPaused(SessionEvent):
    type: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True)
class ConversationResumed(SessionEvent):
    type: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True)
class AgentUttered(SessionEvent):
    """A human agent spoke in the bot's place."""

    type: ClassVar[str] = "agent"

    text: str | None
    data: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReminderScheduled(SessionEvent):
    type: ClassVar[str] = "reminder"

    intent: str | None = None
    date_time: str | None = None
    entities: Any = None
    name: str | None = None
    kill_on_user_msg: bool | None = None


@dataclass(frozen=True, slots=True)
class ReminderCancelled(SessionEvent):
    type: ClassVar[str] = "cancel_reminder"

    name: str | None = None
    intent: str | None = None
    entities: Any = None


@dataclass(frozen=True, slots=True)
class StoryExported(SessionEvent):
    """Somebody exported the story then; replaying it writes nothing."""

    type: ClassVar[str] = "export"

    path: str | None = None


@dataclass(frozen=True, slots=True)
class Opaque(SessionEvent):
    """An event of a kind that this program does not know: kept verbatim, shown, never interpreted."""

    type: ClassVar[str] = "opaque"

    kind: str
    data: JsonObject = field(default_factory=dict)
    """The whole source object, its `event` and `timestamp` included."""


@dataclass(frozen=True, slots=True)
class SessionRecorded(SessionEvent):
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
