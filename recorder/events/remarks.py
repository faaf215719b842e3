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


class CommentMade(Event, frozen=True):
    """Somebody says something to the others; plain text, never markup."""

    type: ClassVar[str] = "comment_made"

    text: str
    step: str = ""
    """Id of the step that it is about; empty: the session as a whole."""
    mentions: tuple[str, ...] = ()
    """Accounts that it names, in that order."""


class CommentWithdrawn(Event, frozen=True):
    """Whoever made a comment takes it back: it is not shown any more. Its words go with the session."""

    type: ClassVar[str] = "comment_withdrawn"

    comment: str
    """Id of the event."""


class CommentsRead(Event, frozen=True):
    """Whoever wrote this has seen the first so many comments, and what mentions them there."""

    type: ClassVar[str] = "comments_read"

    count: int
