"""What one person keeps for themselves, in one stream of their own."""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event


class GuideClosed(Event, frozen=True):
    """No more hints for beginners."""

    type: ClassVar[str] = "guide_closed"
