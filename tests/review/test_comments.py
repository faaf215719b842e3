"""Comments and mentions, folded from a session's remarks."""

from __future__ import annotations

import pytest

from recorder.errors import CommentUnusable
from recorder.events.event import remarks_stream
from recorder.events.remarks import CommentMade, CommentsRead, SessionTagged
from recorder.review.comments import LONGEST, Comments, mentioned, new, replay
from recorder.store.memory import MemoryLog

NAMES = ["ana", "Ben", "ben k", "zoë.w", "x@y.org"]


def told(*said: tuple[str, CommentMade | CommentsRead | SessionTagged]) -> Comments:
    log = MemoryLog()
    for actor, event in said:
        log.append(remarks_stream("s"), [event], actor=actor)
    return replay(log.read(remarks_stream("s")))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana look", ("ana",)),
        ("look, @ANA!", ("ana",)),
        ("(@ben) and @ana and @ben again", ("Ben", "ana")),
        ("@ben k knows", ("ben k",)),
        ("@benno does not", ()),
        ("write to me@ana", ()),
        ("@zoë.w. Thanks", ("zoë.w",)),
        ("ask @x@y.org", ("x@y.org",)),
        ("@nobody, @ ana", ()),
        ("", ()),
    ],
)
def test_who_is_meant_is_known_by_name(text: str, names: tuple[str, ...]) -> None:
    assert mentioned(text, NAMES) == names


def test_without_accounts_nobody_is_mentioned() -> None:
    assert mentioned("@ana", []) == ()


def test_a_mention_is_unread_until_its_person_has_seen_it() -> None:
    first, second = CommentMade("@ben?", "s1", ("ben",)), CommentMade("@ben!", "", ("ben", "ana"))

    comments = told(("ana", first), ("ben", CommentsRead(1)), ("x", SessionTagged("t")), ("ana", second))

    assert [(each.by, each.text, each.step) for each in comments.said] == [
        ("ana", "@ben?", "s1"),
        ("ana", "@ben!", ""),
    ]
    assert {name: [c.text for c in each] for name, each in comments.unread().items()} == {"ben": ["@ben!"]}
    assert told(("ana", first), ("ben", CommentsRead(1)), ("ben", CommentsRead(0))).unread() == {}


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST + 1)])
def test_a_comment_says_something_and_not_too_much(text: str) -> None:
    with pytest.raises(CommentUnusable):
        new(text, "", NAMES)


def test_a_comment_is_kept_as_it_is_without_the_space_around() -> None:
    assert new(" <b>@ana</b>\n:red[x] ", "s1", NAMES) == CommentMade("<b>@ana</b>\n:red[x]", "s1", ("ana",))
