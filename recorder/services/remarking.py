"""What people note about a session beside their reviews: comments, whom they mention, and tags.

All of it is in one stream of the session's, encrypted and forgotten with it. While a session is blind for
somebody, they see of it what they wrote themselves, until their review is submitted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from recorder.errors import (
    CommentUnusable,
    EventConflict,
    InvalidDecision,
    ReviewError,
    TagUnusable,
    UnknownSession,
    UnknownStep,
)
from recorder.events.event import JsonObject, NewEvent, remarks_stream, session_stream
from recorder.events.remarks import (
    CommentMade,
    CommentsRead,
    CommentWithdrawn,
    SessionTagged,
    SessionUntagged,
)
from recorder.review import comments, tags
from recorder.review.comments import Comment, Comments
from recorder.review.people import Person, require
from recorder.review.visibility import may_see
from recorder.services import accounts, batching, tagging
from recorder.services.board import Board
from recorder.services.reviewing import Desk

KINDS: Final = (CommentMade.type, CommentWithdrawn.type, SessionTagged.type, SessionUntagged.type)
"""Types of what a screen may send."""
_LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Mention:
    """A comment that mentions somebody who has not seen it."""

    session: str
    comment: Comment | None
    """None: the session is blind for the person, whose own review comes first."""


def shows(board: Board, session: str, person: Person) -> bool:
    """Whether the person may see what others wrote about the session, by now. Raises NotAllowed."""
    require(person, "read_sessions")
    return may_see(person, batching.case(board, person, session), "others")


def comment(
    board: Board, desk: Desk, session: str, person: Person, text: str, step: str = "", *, command: str
) -> None:
    """Say something to the others. Accounts that are named with an @ before it find it among their work.

    Args:
        step: id of the step that it is about; empty: the session as a whole.
        command: id of the comment; the same one twice is one comment.

    Raises:
        NotAllowed, CommentUnusable, UnknownSession, UnknownStep.
        InvalidDecision: the id belongs to something else.
    """
    require(person, "comment")
    known = [account.name for account in accounts.everybody(board.log) if not account.disabled]
    made = comments.new(text, step, known)
    if step and step not in desk.session(session).steps_of_question:
        raise UnknownStep(step)
    if not board.log.version(session_stream(session)):
        raise UnknownSession(session)
    there = _comments(board, [session])[session]
    if any((each.id, each.by, each.text) == (command, person.name, made.text) for each in there.said):
        return  # whom it mentions may have changed meanwhile
    try:
        board.log.append(remarks_stream(session), [NewEvent(made, id=command)], actor=person.name)
    except EventConflict:
        raise InvalidDecision("This comment's id belongs to something else.") from None


def withdraw(board: Board, session: str, person: Person, comment: str, *, command: str) -> None:
    """Take back a comment of one's own: nobody is shown it any more. It may be repeated.

    Raises:
        NotAllowed.
        InvalidDecision: it is not there, or somebody else's.
    """
    require(person, "comment")
    found = next((each for each in _comments(board, [session])[session].said if each.id == comment), None)
    if found is None or found.by != person.name:
        raise InvalidDecision("Only who made a comment can take it back.")
    if found.withdrawn:
        return
    event = NewEvent(CommentWithdrawn(comment), id=command)
    try:
        board.log.append(remarks_stream(session), [event], actor=person.name)
    except EventConflict:
        raise InvalidDecision("This id belongs to something else.") from None


def key(board: Board, session: str, person: Person) -> str:
    """Changes when what `noted` would say changes. Raises NotAllowed."""
    require(person, "read_sessions")
    return _key(board.log.version(remarks_stream(session)), shows(board, session, person))


def noted(board: Board, session: str, person: Person) -> JsonObject:
    """The comments and the tags of a session, for the replay, as far as the person may see them.

    Raises NotAllowed.
    """
    require(person, "read_sessions")
    records = board.log.read(remarks_stream(session))
    shown = shows(board, session, person)
    said = comments.replay(records).standing
    borne = tags.replay(row.event for row in records if shown or row.actor == person.name)
    return {
        "key": _key(len(records), shown),
        "comments": [_told(each) for each in said if shown or each.by == person.name],
        "tags": list(borne),
        "all": shown,
    }


def comments_on(board: Board, session: str, steps: Collection[str], person: Person) -> list[Comment]:
    """Those on some steps of a session, in order, as far as the person may see them. Raises NotAllowed."""
    require(person, "read_sessions")
    standing = _comments(board, [session])[session].standing
    shown = shows(board, session, person)
    return [each for each in standing if each.step in steps and (shown or each.by == person.name)]


def mentions(board: Board, person: Person, sessions: Sequence[str]) -> list[Mention]:
    """Comments of these sessions that mention the person and that the person has not seen, the newest first.

    Of a session that is blind for the person it is only told that there is one.

    Raises NotAllowed.
    """
    require(person, "comment")
    found: list[tuple[datetime, Mention]] = []
    for session, folded in _comments(board, sessions).items():
        unread = folded.unread().get(person.name, ())
        shown = bool(unread) and shows(board, session, person)
        for each in unread:
            found.append((each.at, Mention(session, each if shown else None)))
    return [mention for _, mention in sorted(found, key=lambda each: each[0], reverse=True)]


def mark_read(board: Board, session: str, person: Person) -> bool:
    """The person has seen the comments of the session. Nothing happens where none waits for them, or where
    they may not see them yet.

    Returns whether any was unread. Raises NotAllowed.
    """
    require(person, "comment")
    folded = _comments(board, [session])[session]
    if person.name not in folded.unread() or not shows(board, session, person):
        return False
    board.log.append(remarks_stream(session), [CommentsRead(len(folded.said))], actor=person.name)
    return True


def remark(
    board: Board, desk: Desk, session: str, person: Person, sent: Iterable[Any]
) -> tuple[list[str], list[JsonObject]]:
    """Take comments and tags as a screen sends them: objects with `id`, `type` and the event's own fields.

    Returns:
        Ids of what is in the log now; `id` and `reason` of what was refused.

    Raises:
        NotAllowed, UnknownSession: and errors of the log.
    """
    require(person, "comment")
    acked: list[str] = []
    refused: list[JsonObject] = []
    for each in sent:
        name = str(each.get("id", "")) if isinstance(each, dict) else ""
        try:
            _take(board, desk, session, person, name, each)
            acked.append(name)
        except (CommentUnusable, TagUnusable, ReviewError) as error:
            refused.append({"id": name, "reason": str(error)})
    return acked, refused


def _take(board: Board, desk: Desk, session: str, person: Person, name: str, sent: JsonObject) -> None:
    if not 0 < len(name) <= _LONGEST_ID:
        raise InvalidDecision(f"A remark needs an id of 1 to {_LONGEST_ID} characters.")
    match sent:
        case {"type": CommentMade.type, "text": str(text), "step": str(step)}:
            comment(board, desk, session, person, text, step, command=name)
        case {"type": CommentWithdrawn.type, "comment": str(made)}:
            withdraw(board, session, person, made, command=name)
        case {"type": SessionTagged.type, "tag": str(tag)}:
            _tag(board, session, person, [tag], [])
        case {"type": SessionUntagged.type, "tag": str(tag)}:
            _tag(board, session, person, [], [tag])
        case _:
            raise InvalidDecision("This is neither a comment nor a tag.")


def _tag(board: Board, session: str, person: Person, add: list[str], remove: list[str]) -> None:
    """In a blind session as if nobody else had tagged it: else whoever tries a tag learns who was first."""
    if shows(board, session, person):
        tagging.tag(board.log, person, [session], add, remove)
        return
    if not board.log.version(session_stream(session)):
        raise UnknownSession(session)
    rows = board.log.read(remarks_stream(session))
    borne = tags.replay(row.event for row in rows if row.actor == person.name)
    board.log.append(remarks_stream(session), tags.changes(borne, add, remove), actor=person.name)


def _key(version: int, shown: bool) -> str:
    """Tells nobody how much there is."""
    return hashlib.sha256(f"{version}-{shown}".encode()).hexdigest()[:16]


def _comments(board: Board, sessions: Sequence[str]) -> dict[str, Comments]:
    streams = {remarks_stream(session): session for session in sessions}
    return {streams[stream]: comments.replay(rows) for stream, rows in board.log.read_many(streams).items()}


def _told(said: Comment) -> JsonObject:
    return {
        "id": said.id,
        "by": said.by,
        "at": said.at.isoformat(),
        "text": said.text,
        "step": said.step,
        "mentions": list(said.mentions),
    }
