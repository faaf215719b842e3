"""Mentions in words. Imports no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo

from recorder.services.remarking import Mention
from review_app.views import count, plain, when


def heading(found: Sequence[Mention]) -> str:
    """How many there are."""
    return count(len(found), "mention")


def waiting(sessions: int) -> str:
    """
    >>> waiting(1), waiting(2)
    ('You are mentioned in 1 session', 'You are mentioned in 2 sessions')
    """
    return f"You are mentioned in {count(sessions, 'session')}"


def head(mention: Mention, zone: tzinfo = UTC) -> str:
    """Who mentions somebody, where and when; in Markdown. Of a blind session, only that somebody does."""
    where = f"in {plain(mention.session)}"
    if mention.comment is None:
        return f"You are mentioned {where}. It is blind: you see more once your review of it is submitted."
    return f"**{plain(mention.comment.by)}** {where}, {when(mention.comment.at, zone)}"
