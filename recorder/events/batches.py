"""Batches: sessions queued for review together, and who has which of them.

A batch has a stream of its own. Sessions are named in it by the position of their first event in the
log, which tells nothing once a session is forgotten, and by their number in the batch, from 0. Which
batches there are stands in one stream more, so that nobody reads all of them to find their own.
"""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event, JsonObject


class BatchOpened(Event, frozen=True):
    """Sessions were queued; why each of them, and for how many votes, never changes."""

    type: ClassVar[str] = "batch_opened"

    items: tuple[JsonObject, ...]
    """In the order of their numbers: `began` (position of the session's first event), `votes` and, where
    they apply, `reasons` (texts), `blind`, `gold`, `guided` (for whom it is the first one of all)."""
    seed: int
    """Decides in which order each annotator gets them."""
    annotators: tuple[str, ...] = ()
    """Who may take part; nobody: everybody."""
    due: str = ""
    """A day, `2026-05-01`; empty: none."""
    sampled: JsonObject | None = None
    """How they were chosen, in the words of whoever opened it."""


class GuidelinesWritten(Event, frozen=True):
    """How to decide in this batch, in Markdown; the first ones are version 1."""

    type: ClassVar[str] = "guidelines_written"

    text: str


class BatchClosed(Event, frozen=True):
    """Nothing more is given out. What comes in all the same is kept, as late."""

    type: ClassVar[str] = "batch_closed"


class SessionClaimed(Event, frozen=True):
    """`by` has the session until then, unless a sign of life comes first."""

    type: ClassVar[str] = "session_claimed"

    item: int
    by: str
    until: str
    """UTC, `2026-05-01T12:00:00+00:00`."""


class ClaimRenewed(Event, frozen=True):
    type: ClassVar[str] = "claim_renewed"

    item: int
    by: str
    until: str


class ClaimReleased(Event, frozen=True):
    """`by` gave it back, and may get it again; the decisions so far stay."""

    type: ClassVar[str] = "claim_released"

    item: int
    by: str
    reason: str = ""
    """`later`: at the end of the own queue; else empty."""


class SessionSkipped(Event, frozen=True):
    """`by` leaves it to the others."""

    type: ClassVar[str] = "session_skipped"

    item: int
    by: str
    reason: str


class SessionDone(Event, frozen=True):
    """The review of `by` was submitted."""

    type: ClassVar[str] = "session_done"

    item: int
    by: str
    late: bool = False
    """Others had all places, or the batch was closed."""
    active: float | None = None
    """Seconds that it took, without pauses; None: nothing tells."""
    guidelines: int = 0
    """Version that was there; 0: none was."""


class SessionReopened(Event, frozen=True):
    """`by` changes what was submitted."""

    type: ClassVar[str] = "session_reopened"

    item: int
    by: str
    until: str = ""
    """It is claimed until then; empty: it was late, so that there is no place to hold."""


class BatchListed(Event, frozen=True):
    """In the stream of all batches: there is one more."""

    type: ClassVar[str] = "batch_listed"

    batch: str
    annotators: tuple[str, ...] = ()
    sessions: int = 0
    due: str = ""


class BatchUnlisted(Event, frozen=True):
    """In the stream of all batches: one was closed, and this was done then."""

    type: ClassVar[str] = "batch_unlisted"

    batch: str
    complete: int
    """Sessions with all their votes."""
    votes: int
    """That were given."""


class SessionMarkedGold(Event, frozen=True):
    """What the reviews of this session say by then is what annotators are measured by."""

    type: ClassVar[str] = "session_marked_gold"

    began: int
    """Position of its first event."""


class SessionUnmarkedGold(Event, frozen=True):
    type: ClassVar[str] = "session_unmarked_gold"

    began: int
