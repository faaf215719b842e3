"""Batches are opened, closed, and told how to decide in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from recorder.errors import BatchOver, BatchRefused, VersionConflict
from recorder.events.batches import (
    BatchClosed,
    BatchListed,
    BatchOpened,
    BatchUnlisted,
    GuidelinesWritten,
)
from recorder.events.event import BATCHES, Event, JsonObject, batch_stream
from recorder.review import batches
from recorder.review.batches import Item
from recorder.review.people import Person, require
from recorder.services.batching import Board
from recorder.store.log import Batch

LONGEST_NAME: Final = 64
MOST_SESSIONS: Final = 10_000


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
    require(person, "write_guidelines")
    while True:
        with board.look(name) as shelf:
            batch = shelf.batch
            if batch.closed:
                raise BatchOver(name)
            if batch.guidelines and batch.guidelines[-1] == text:
                return len(batch.guidelines)
            number, version = len(batch.guidelines) + 1, batch.version
        try:
            board.log.append(
                batch_stream(name), [GuidelinesWritten(text)], expected_version=version, actor=person.name
            )
        except VersionConflict:
            continue
        return number


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
