"""What the trainer is asked, with all there is to know for an answer: values, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from recorder.events.event import Event
from recorder.events.session import UserUttered

Ranking: TypeAlias = Mapping[str, float]
"""Name -> probability; what is not in it has none."""
Place: TypeAlias = Literal["instead", "before"]
"""Whether a chosen action is done instead of the proposed one, or before it."""
Kind: TypeAlias = Literal["stories", "examples", "domain"]
"""What an export holds, each in a file of its own."""


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What the trainer knows while being asked."""

    history: tuple[Event, ...] = ()
    """The events that count, of the whole session."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    loop: str | None = None
    """The form that is active."""
    actions: tuple[str, ...] = ()
    """All there are, in the order of the domain; their places are their numbers."""
    intents: tuple[str, ...] = ()
    responses: frozenset[str] = frozenset()
    """The actions whose words are known."""
    messages: tuple[str, ...] = ()
    """What the user said; a fork goes before one of them."""
    message: UserUttered | None = None
    """The latest of them."""
    session: str = ""


@dataclass(frozen=True, slots=True)
class WhatIsSaid:
    """The user's next message."""

    scene: Scene
    buttons: tuple[Button, ...] = ()
    """Of the latest reply."""


@dataclass(frozen=True, slots=True)
class IsItRight:
    """Whether the bot should do what it wants to, or should have done what it did."""

    scene: Scene
    action: str
    ranking: Ranking = field(default_factory=dict)
    intents: Ranking = field(default_factory=dict)
    after_message: bool = True
    """So that the message may have been misunderstood."""
    recorded: bool = False
    """It was done before the lesson: the answer is about what stands there."""


@dataclass(frozen=True, slots=True)
class IsItMeant:
    """Whether a recorded message, which nothing answered, was understood."""

    scene: Scene
    intents: Ranking = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IsItForked:
    """Whether to go on in a fork, in which the bot does what it should have done."""

    scene: Scene
    action: str | None


@dataclass(frozen=True, slots=True)
class IsItValidated:
    """Whether a form that was left aside should take the message as an answer to what it asked."""

    scene: Scene
    form: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class WhichAction:
    scene: Scene
    ranking: Ranking
    place: Place = "instead"


@dataclass(frozen=True, slots=True)
class WhatItSays:
    """The words of a response that has none yet."""

    scene: Scene
    action: str
    place: Place


@dataclass(frozen=True, slots=True)
class WhichIntent:
    scene: Scene
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class WhichEntities:
    scene: Scene
    intent: str
    marked: str
    """The message with what was found in it."""


@dataclass(frozen=True, slots=True)
class IsItNew:
    """Whether a name that nobody knows is meant."""

    asked: WhichAction | WhichIntent
    name: str


@dataclass(frozen=True, slots=True)
class BeforeWhich:
    """The message before which the conversation forks."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class WhatInstead:
    """Another message in the place of the latest."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class WhichFile:
    """Where to write; `reason`: why the one before would not do."""

    kind: Kind
    default: Path
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StopOrNot:
    """Ctrl-C was pressed at `asked`."""

    asked: Question
    session: str = ""


Question: TypeAlias = (
    WhatIsSaid
    | IsItRight
    | IsItMeant
    | IsItForked
    | IsItValidated
    | WhichAction
    | WhatItSays
    | WhichIntent
    | WhichEntities
    | IsItNew
    | BeforeWhich
    | WhatInstead
    | WhichFile
    | StopOrNot
)
