"""What was made of the log: models trained from it, exports compiled from it."""

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
