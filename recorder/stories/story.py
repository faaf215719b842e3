"""Stories and rules as values, whatever notation they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class StoryEntity:
    """An entity of a user step; `value` is any JSON, `""` where a story only names the entity.

    `start` and `end` (code points, end exclusive) say where it stands in the step's `text`, if it does.
    """

    entity: str
    value: Any = ""
    role: str | None = None
    group: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class UserStep:
    """A message: by intent, or by its words (plain, without annotation), or both. At least one is set."""

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
    """To be tested against: training leaves it out."""
    lines: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """Where it was read: the line of its name, then of each step. Empty: it was not read from a file."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What always follows, whatever came before."""

    name: str
    steps: tuple[Step, ...]
    condition: tuple[SlotStep | LoopStep, ...] = ()
    conversation_start: bool = False
    wait_for_user_input: bool = True
    metadata: Any = None
    lines: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """As those of a story."""


Told = TypeVar("Told", bound=Story | Rule)


def unique_names(told: Iterable[Told]) -> tuple[Told, ...]:
    """The same stories; a name that is taken already gets the first free ` (2)`, ` (3)`, … after it."""
    told = tuple(told)
    taken = {one.name for one in told}
    counts: dict[str, int] = {}
    return tuple(replace(one, name=_free(one.name, counts, taken)) for one in told)


def _free(name: str, counts: dict[str, int], taken: set[str]) -> str:
    """`name` where it comes first, else with the next number that no other story has."""
    counts[name] = counts.get(name, 0) + 1
    if counts[name] == 1:
        return name
    while (numbered := f"{name} ({counts[name]})") in taken:
        counts[name] += 1
    taken.add(numbered)
    return numbered
