"""Stories and rules as values, whatever notation they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StoryEntity:
    """An entity of a user step; `value` is any JSON, `""` where a story only names the entity."""

    entity: str
    value: Any = ""
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class UserStep:
    """A message: by intent, or by its words, or (test stories) both. At least one is set."""

    intent: str | None
    entities: tuple[StoryEntity, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ActionStep:
    name: str


@dataclass(frozen=True, slots=True)
class BotStep:
    """End to end: the bot says these words."""

    text: str


@dataclass(frozen=True, slots=True)
class SlotStep:
    """Slots set at one point, in order; a None value: the slot is unset."""

    slots: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LoopStep:
    """`name` became the active form; None: the form ended."""

    name: str | None


@dataclass(frozen=True, slots=True)
class CheckpointStep:
    name: str
    conditions: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class OrStep:
    """Any of these may stand here; all of one kind, user steps or slot steps."""

    alternatives: tuple[UserStep | SlotStep, ...]


@dataclass(frozen=True, slots=True)
class EventStep:
    """Another event that legacy Markdown may write (`restart`, `rewind`, `followup{…}`, …), by its tag."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


Step = UserStep | ActionStep | BotStep | SlotStep | LoopStep | CheckpointStep | OrStep | EventStep


@dataclass(frozen=True, slots=True)
class Story:
    """A dialogue as it should go."""

    name: str
    steps: tuple[Step, ...]
    metadata: Any = None
    is_test: bool = False
    """Every user step has words and an intent: `rasa test` reads it, training does not."""
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """What always follows, whatever came before."""

    name: str
    steps: tuple[Step, ...]
    condition: tuple[SlotStep | LoopStep, ...] = ()
    conversation_start: bool = False
    wait_for_user_input: bool = True
    metadata: Any = None
    line: int | None = field(default=None, compare=False)
