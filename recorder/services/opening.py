"""Batches are sampled, opened, closed, and told how to decide in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from recorder.errors import BatchOver, BatchRefused, UnknownSession, VersionConflict
from recorder.events.batches import (
    BatchClosed,
    BatchListed,
    BatchOpened,
    BatchUnlisted,
    GuidelinesWritten,
    SessionMarkedGold,
    SessionUnmarkedGold,
)
from recorder.events.event import (
    BATCHES,
    GOLD,
    Event,
    JsonObject,
    batch_stream,
    review_stream,
    session_stream,
    stream_parts,
)
from recorder.read_models import filter_json
from recorder.read_models.session_list import Filters, SessionList
from recorder.review import batches, sampling
from recorder.review.batches import Item
from recorder.review.people import Person, require
from recorder.review.sampling import Candidate, Strategy, Votes
from recorder.services import batching
from recorder.services.board import Board
from recorder.store.log import Batch

LONGEST_NAME: Final = 64
MOST_SESSIONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sample:
    """How a batch is to be put together."""

    shares: Mapping[Strategy, float]
    size: int
    votes: Votes = field(default_factory=Votes)
    annotators: tuple[str, ...] = ()
    blind: float = 0.0
    gold: float = 0.0
    """Shares of its sessions."""
    seed: int = 0
    filters: Filters = field(default_factory=Filters)
    """Which sessions it is taken from."""

    def to_json(self) -> JsonObject:
        """As the log keeps it: in words of today, for people."""
        said: JsonObject = {"shares": dict(self.shares), "size": self.size, "votes": self.votes.usual}
        said |= {"below": [list(each) for each in self.votes.below]} if self.votes.below else {}
        said |= {name: getattr(self, name) for name in ("blind", "gold") if getattr(self, name)}
        chosen = filter_json.to_json(self.filters)
        return said | ({"filters": chosen} if chosen else {})


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be queued: `items` is for `open_batch`, as it is."""

    items: tuple[Item, ...]
    sessions: tuple[str, ...]
    """Theirs, in the same order."""
    found: int
    """Sessions that could be taken, none of which is in an open batch."""
    missing: tuple[str, ...]
    """What was wanted and not found, in words."""


def preview(board: Board, person: Person, lists: SessionList, sample: Sample) -> Preview:
    """The sessions that the sample takes of what there is now. Nothing is written.

    Raises: NotAllowed; BatchRefused: it makes no sense.
    """
    require(person, "open_batch")
    _check_sample(sample)
    taken = _in_open_batches(board)
    there = [each for each in lists.candidates(sample.filters, person.name) if each.began not in taken]
    marked = gold_marked(board)
    gold = [each for each in there if _is_gold(each, marked)] if sample.annotators else []
    known = {name for listed in board.listed() for name in listed.annotators}
    newcomers = [name for name in sample.annotators if name not in known and not lists.totals(name).submitted]
    wanted = max(round(sample.gold * sample.size), 1 if newcomers and gold else 0)
    golden = sampling.choose_gold(gold, list(sample.shares), wanted, sample.annotators, sample.seed)
    apart = {each.candidate.session for each in golden}
    others = [each for each in there if each.session not in apart and each.began not in marked]
    share = round(sample.gold * sample.size)
    chosen = sampling.choose(others, sample.shares, sample.size - min(share, len(golden)), sample.seed)
    items = sampling.queue(
        chosen,
        golden,
        votes=sample.votes,
        blind=sample.blind,
        annotators=sample.annotators,
        guided=newcomers,
        seed=sample.seed,
    )
    named = {each.began: each.session for each in there}
    return Preview(
        tuple(items),
        tuple(named[item.began] for item in items),
        len(there),
        tuple(_missing(sample, len(items), len(golden), share)),
    )


def open_batch(
    board: Board,
    person: Person,
    name: str,
    items: Sequence[Item],
    *,
    annotators: Sequence[str] = (),
    seed: int = 0,
    due: str = "",
    guidelines: str = "",
    sampled: JsonObject | None = None,
) -> None:
    """Queue the sessions, just as they are here. The same again changes nothing.

    Raises:
        NotAllowed.
        BatchRefused: there is another batch of that name, or it cannot be done like that.
    """
    require(person, "open_batch")
    _check(name, items, annotators, due)
    opened = BatchOpened(
        tuple(map(batches.to_json, items)), seed, tuple(dict.fromkeys(annotators)), due, sampled
    )
    events: list[Event] = [opened, *([GuidelinesWritten(guidelines)] if guidelines.strip() else [])]
    listed = BatchListed(name, opened.annotators, len(items), due)
    try:
        board.log.append_together(
            [
                Batch(batch_stream(name), events, person.name, 0),
                Batch(BATCHES, [listed], person.name),
            ]
        )
    except VersionConflict:
        if [row.event for row in board.log.read(batch_stream(name))[: len(events)]] != events:
            raise BatchRefused(f"There is a batch {name!r} already; name this one otherwise.") from None


def close_batch(board: Board, person: Person, name: str) -> None:
    """Give nothing more out. Closed before, nothing changes. Raises NotAllowed, UnknownBatch."""
    require(person, "close_batch")
    while True:
        with board.look(name) as shelf:
            batch = shelf.batch
            if batch.closed:
                return
            far, version = batches.progress(batch, "", board.clock()), batch.version
        try:
            board.log.append_together(
                [
                    Batch(batch_stream(name), [BatchClosed()], person.name, version),
                    Batch(BATCHES, [BatchUnlisted(name, far.complete, far.given + far.late)], person.name),
                ]
            )
        except VersionConflict:
            continue
        return


def write_guidelines(board: Board, person: Person, name: str, text: str) -> int:
    """A new version of how to decide in the batch, in Markdown; returns its number.

    Raises: NotAllowed, UnknownBatch, BatchOver.
    """
    return _write_guidelines(board, person, name, lambda _: text)


def add_to_guidelines(board: Board, person: Person, name: str, text: str) -> int:
    """A new version with one paragraph more, if it is not there already. Raises: as `write_guidelines`."""
    require(person, "write_guidelines")
    text = text.strip()

    def added(before: str) -> str:
        return before if text in before.split("\n\n") else f"{before}\n\n{text}".strip()

    return _write_guidelines(board, person, name, added)


def _write_guidelines(board: Board, person: Person, name: str, change: Callable[[str], str]) -> int:
    require(person, "write_guidelines")
    while True:
        with board.look(name) as shelf:
            batch = shelf.batch
            if batch.closed:
                raise BatchOver(name)
            before = batch.guidelines[-1] if batch.guidelines else ""
            text = change(before)
            if batch.guidelines and before == text:
                return len(batch.guidelines)
            number, version = len(batch.guidelines) + 1, batch.version
        try:
            board.log.append(
                batch_stream(name), [GuidelinesWritten(text)], expected_version=version, actor=person.name
            )
        except VersionConflict:
            continue
        return number


def mark_gold(board: Board, person: Person, session: str, *, is_gold: bool = True) -> None:
    """Let annotators be measured by what the reviews of this session say, or no longer.

    Raises: NotAllowed, UnknownSession; BatchRefused: nobody has submitted a review of it.
    """
    require(person, "adjudicate")
    rows = board.log.read(session_stream(session))
    if not rows:
        raise UnknownSession(session)
    began, marked = rows[0].position, gold_marked(board)
    if (began in marked) == is_gold:
        return
    if is_gold and not any(
        batching.is_submitted(board.log, session, stream_parts(stream)[-1])
        for stream in board.log.streams(review_stream(session, ""))
    ):
        raise BatchRefused(f"Nobody has submitted a review of {session!r}, so nobody can be measured by it.")
    event = SessionMarkedGold(began) if is_gold else SessionUnmarkedGold(began)
    board.log.append(GOLD, [event], actor=person.name)


def gold_marked(board: Board) -> set[int]:
    """Positions of the first events of the sessions that are marked as gold."""
    marked: set[int] = set()
    for record in board.log.read(GOLD):
        match record.event:
            case SessionMarkedGold(began=began):
                marked.add(began)
            case SessionUnmarkedGold(began=began):
                marked.discard(began)
            case _:
                pass
    return marked


def _is_gold(candidate: Candidate, marked: Collection[int]) -> bool:
    if not candidate.reviewers:
        return False
    return candidate.began in marked or (candidate.adjudicated > 0 and not candidate.disputed)


def _in_open_batches(board: Board) -> set[int]:
    """Sessions that are queued already, those aside that are gold."""
    found: set[int] = set()
    for listed in board.listed():
        if listed.closed is None:
            with board.look(listed.name) as shelf:
                found |= {item.began for item in shelf.batch.items if not item.gold}
    return found


def _missing(sample: Sample, found: int, golden: int, share: int) -> Iterator[str]:
    if found < sample.size:
        yield f"{found} of {sample.size} sessions: no others fit"
    if golden < share:
        yield f"{golden} of {share} gold sessions: no others that none of the annotators has reviewed"


def _check_sample(sample: Sample) -> None:
    if sample.size < 1:
        raise BatchRefused("A batch needs at least one session.")
    for name in ("blind", "gold"):
        if not 0 <= getattr(sample, name) <= 1:
            raise BatchRefused(f"The share of {name} sessions is 0 to 1, not {getattr(sample, name)}.")
    if sample.gold and not sample.annotators:
        raise BatchRefused("Gold sessions are for each annotator, so the annotators must be named.")


def _check(name: str, items: Sequence[Item], annotators: Sequence[str], due: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BatchRefused(f"A batch needs a name of 1 to {LONGEST_NAME} characters.")
    if not items:
        raise BatchRefused("No session fits, so there is nothing to review.")
    if len(items) > MOST_SESSIONS:
        raise BatchRefused(f"A batch has at most {MOST_SESSIONS} sessions, not {len(items)}.")
    most = max(item.votes for item in items)
    if min(item.votes for item in items) < 1 or (annotators and most > len(set(annotators))):
        people = f" from {len(set(annotators))} annotators" if annotators else ""
        raise BatchRefused(f"A session cannot get {most} votes{people}.")
    try:
        if due:
            date.fromisoformat(due)
    except ValueError:
        raise BatchRefused(f"{due!r} is no day: write it as 2026-05-01.") from None
