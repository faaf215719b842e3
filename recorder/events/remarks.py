"""What people note about a whole session, beside their reviews, in one stream of the session's own."""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event


class SessionTagged(Event, frozen=True):
    """The session bears the tag, for everybody."""

    type: ClassVar[str] = "session_tagged"

    tag: str


class SessionUntagged(Event, frozen=True):
    type: ClassVar[str] = "session_untagged"

    tag: str
