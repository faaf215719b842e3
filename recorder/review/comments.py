"""Comments on a session: what people say to each other there, whom they mention, who has read it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from recorder.errors import CommentUnusable
from recorder.events.event import Recorded
from recorder.events.remarks import CommentMade, CommentsRead, CommentWithdrawn
from recorder.review.accounts import folded

LONGEST: Final = 2_000
"""Characters of a comment."""


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    by: str
    at: datetime
    """When the log took it."""
    text: str
    step: str
    """Id of a step; empty: of the session as a whole."""
    mentions: tuple[str, ...]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of one session, folded from the stream of its remarks."""

    said: tuple[Comment, ...] = ()
    """In order, those that were withdrawn included."""
    read: Mapping[str, int] = field(default_factory=dict)
    """Name -> how many of them that person has seen, the first ones."""

    @property
    def standing(self) -> list[Comment]:
        """Those that were not withdrawn."""
        return [each for each in self.said if not each.withdrawn]

    def unread(self) -> dict[str, tuple[Comment, ...]]:
        """Name -> comments that mention the person, who has not seen them; those without any are left out."""
        found: dict[str, list[Comment]] = defaultdict(list)
        for number, comment in enumerate(self.said):
            if comment.withdrawn:
                continue
            for name in comment.mentions:
                if name != comment.by and number >= self.read.get(name, 0):
                    found[name].append(comment)
        return {name: tuple(comments) for name, comments in found.items()}


def replay(records: Iterable[Recorded]) -> Comments:
    """Fold a stream of remarks, in order; what is no comment is passed by."""
    said: list[Comment] = []
    gone: set[str] = set()
    read: dict[str, int] = {}
    for record in records:
        match record.event:
            case CommentMade(text=text, step=step, mentions=mentions):
                said.append(Comment(record.id, record.actor, record.recorded_at, text, step, mentions))
            case CommentWithdrawn(comment=comment):
                gone.add(comment)
            case CommentsRead(count=count):
                read[record.actor] = max(count, read.get(record.actor, 0))
            case _:
                pass
    return Comments(tuple(replace(each, withdrawn=each.id in gone) for each in said), read)


def new(text: str, step: str, names: Iterable[str]) -> CommentMade:
    """What is to be written. `names`: of the accounts. Raises CommentUnusable: empty, or too long."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise CommentUnusable(LONGEST)
    return CommentMade(text, step, mentioned(text, names))


def mentioned(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Who is named with an @ before it, in that order, each once; capitals make no difference.

    Of two names that would fit, the longer one is meant.

    >>> mentioned("@Ana, ask @ben k. or ana@ben", ["ana", "ben", "ben k"])
    ('ana', 'ben k')
    """
    known = {folded(name): name for name in names}
    if not known or "@" not in text:
        return ()
    likeliest = sorted(known.values(), key=len, reverse=True)
    pattern = rf"(?<![\w@])@({'|'.join(map(re.escape, likeliest))})(?!\w)"
    found = (known.get(folded(each)) for each in re.findall(pattern, text, re.IGNORECASE))
    return tuple(dict.fromkeys(filter(None, found)))
