"""Lists of sessions from a read replica, which is behind by as much as it likes: nobody notices."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from recorder.errors import DatabaseUnusable
from recorder.read_models.session_list import SessionList

WAIT: Final = 0.2
"""Seconds in which a replica may come to where it is wanted."""
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of the database that is written to, and of one replica of it, where there is one."""

    primary: SessionList
    replica: SessionList | None = None

    def at_least(self, position: int) -> SessionList:
        """Lists that tell what the log says up to there: the replica's, if it has come so far.

        Args:
            position: what `ReadModels.catch_up` returned just now; so whoever has written something,
                and looks, finds it, whichever database answers.
        """
        if self.replica is None:
            return self.primary
        deadline = time.monotonic() + WAIT
        try:
            while self.replica.position() < position:
                if time.monotonic() > deadline:
                    return self.primary
                time.sleep(_PAUSE)
        except DatabaseUnusable:  # it has gone, or is none of ours: that is no reason to fail
            return self.primary
        return self.replica
