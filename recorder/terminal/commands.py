"""What the trainer may want: values, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from recorder.events.event import JsonObject
from recorder.terminal.questions import Place


@dataclass(frozen=True, slots=True)
class Hear:
    text: str


@dataclass(frozen=True, slots=True)
class Confirm:
    pass


@dataclass(frozen=True, slots=True)
class AcceptRest:
    """All that was recorded and is not answered yet is right."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Go on in a fork, in which the bot does what it should have done."""


@dataclass(frozen=True, slots=True)
class Act:
    """The bot does `action`; `words`: what it says, if it is new."""

    action: str
    place: Place
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Understand:
    """The message meant this; `entities` None: those that were found."""

    intent: str
    entities: tuple[JsonObject, ...] | None = None


@dataclass(frozen=True, slots=True)
class Validate:
    yes: bool


@dataclass(frozen=True, slots=True)
class Deactivate:
    pass


@dataclass(frozen=True, slots=True)
class Undo:
    pass


@dataclass(frozen=True, slots=True)
class Redo:
    pass


@dataclass(frozen=True, slots=True)
class Fork:
    """Before this message, counted from 1."""

    message: int


@dataclass(frozen=True, slots=True)
class Rewrite:
    text: str


@dataclass(frozen=True, slots=True)
class Restart:
    pass


@dataclass(frozen=True, slots=True)
class Export:
    then_quit: bool


@dataclass(frozen=True, slots=True)
class WriteTo:
    """The file that was asked for; None: none."""

    path: Path | None


@dataclass(frozen=True, slots=True)
class Quit:
    pass


@dataclass(frozen=True, slots=True)
class ShowHistory:
    pass


@dataclass(frozen=True, slots=True)
class ShowHelp:
    pass


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Back to what the conversation is at."""


Command: TypeAlias = (
    Hear
    | Confirm
    | AcceptRest
    | Branch
    | Act
    | Understand
    | Validate
    | Deactivate
    | Undo
    | Redo
    | Fork
    | Rewrite
    | Restart
    | Export
    | WriteTo
    | Quit
    | ShowHistory
    | ShowHelp
    | AskAgain
)


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer to this question; the sentence says why."""

    reason: str
