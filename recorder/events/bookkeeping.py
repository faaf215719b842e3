"""What happened to the log itself, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.events.event import Event, JsonObject


@dataclass(frozen=True, slots=True)
class SessionsExported(Event):
    """An export was written: as of which position of the log, and what was in it."""

    type: ClassVar[str] = "sessions_exported"

    log_position: int
    digest: str
    """SHA-256 of the manifest."""
    counts: JsonObject


@dataclass(frozen=True, slots=True)
class LogCopied(Event):
    """All events before this one were taken from another log and encrypted, so their chain is a new one."""

    type: ClassVar[str] = "log_copied"

    log_position: int
    """The other log's last event."""
    link: str
    """Its link there, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Erased(Event):
    """Stands where an event was whose session is forgotten; never written itself."""

    type: ClassVar[str] = "erased"

    kind: str
    """The type of the event."""
