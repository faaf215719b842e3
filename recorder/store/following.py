"""Follow the log: every event once, in the order of positions, as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from recorder.errors import DatabaseUnusable
from recorder.events.event import Recorded
from recorder.store.log import EventLog

BATCH: Final = 500
"""Events in memory at a time, at most."""
PATIENCE: Final = 60.0
"""Seconds that a database may be away."""
_LOOK: Final = 0.5
"""Seconds until a follower that waits asks whether it is to stop."""


def follow(
    log: EventLog,
    after: int = 0,
    *,
    until: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
    patience: float = PATIENCE,
) -> Iterator[list[Recorded]]:
    """Batches of the events above position `after`, ascending and without gaps; waits for more.

    The next batch is read when it is asked for, so who is slow is not overrun. Who keeps the position
    of the last event that it dealt with goes on from there, in another process as well.

    Args:
        until: the last position of interest; None: there is no last one.
        stop: asked before each batch, and twice a second while nothing happens.
        patience: seconds for which a lost connection is made again, or a locked file waited for.

    Raises:
        DatabaseUnusable: for longer than that, or for a reason that does not pass; or an event is missing.
    """
    position, trouble = after, None
    while not stop() and (until is None or position < until):
        try:
            limit = batch if until is None else min(batch, until - position)
            rows = list(log.read_all(position, limit))
            if not rows:
                log.wait(position, _LOOK)
            trouble = None
        except DatabaseUnusable as error:
            trouble = trouble or time.monotonic()
            if not error.passing or time.monotonic() - trouble > patience:
                raise
            time.sleep(_LOOK)
            continue
        if rows:
            _check(position, rows)
            yield rows
            position = rows[-1].position


def _check(position: int, rows: list[Recorded]) -> None:
    """Positions have no gaps, so one that is there was made by other hands: it is not passed over."""
    for expected, row in enumerate(rows, position + 1):
        if row.position != expected:
            raise DatabaseUnusable(
                "the log", f"event {expected} is missing", "Run `recorder verify` to learn more."
            )
