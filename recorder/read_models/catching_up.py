"""Keeps the read models up to date with the log, and builds them anew.

A session that has grown is folded whole: whoever follows a log that grows all the time had better rest
in between (`ReadModels.keep_up`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from threading import Event, Lock
from typing import Final, NamedTuple

from sqlalchemy import Engine

from recorder.read_models import generations
from recorder.read_models.generations import Generation
from recorder.read_models.model import Model
from recorder.read_models.registry import MODELS
from recorder.read_models.work import Outcome, Work
from recorder.store.log import EventLog

PATIENCE: Final = 3.0
"""Seconds that somebody who waits for the first list of all is kept waiting, at most."""
BRIEF: Final = 0.25
"""Seconds that somebody is kept waiting for a list that is there, and not up to date."""
_PATIENCE_WITH_OTHERS: Final = 2.0
"""Seconds of them to wait for somebody else at work, before what is there is taken."""
_PAUSE: Final = 0.05
_SIP: Final = 200
"""Events that are followed at a time while somebody waits."""
_BITE: Final = 5_000
"""Events that are followed at a time where somebody may come who waits."""
_REST: Final = 4.0
"""How much longer than it worked a follower rests: it takes a fifth of one core at most."""

Progress = Callable[[int, int], None]
"""Called with how many streams were looked at, and how many there are."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: which models, from how many sessions, and events with those of their reviews."""

    models: tuple[str, ...]
    sessions: int
    events: int
    seconds: float


class Glance(NamedTuple):
    """What came of a glance."""

    position: int
    """Up to where the lists tell what the log says."""
    is_all: bool
    """There is nothing else to do."""


class ReadModels:
    """The tables beside the log; any thread may use it, and any number of processes."""

    def __init__(
        self,
        engine: Engine,
        log: EventLog,
        name: str = "the database",
        models: Mapping[str, Model] = MODELS,
    ) -> None:
        self._log = log
        self._models = models
        self._work = Work(engine, log, name, models)
        self._turn = Lock()

    def catch_up(self, patience: float | None = None) -> int:
        """Follow the log to its end as of now, and do what else is due.

        Args:
            patience: seconds after which what is there is good enough; None: to the end, however long.

        Returns:
            The position up to which the lists tell what the log says.
        """
        started = time.monotonic()
        if self._turn.acquire(timeout=-1 if patience is None else patience):
            try:
                self._catch_up(self._log.position(), started, patience)
            finally:
                self._turn.release()
        return self.position()

    def go_on(self, patience: float) -> Glance:
        """Work for so many seconds, or somewhat more, on what a glance has left."""
        started, is_all = time.monotonic(), False
        if self._turn.acquire(timeout=patience):
            try:
                is_all = self._catch_up(self._log.position(), started, patience)
            finally:
                self._turn.release()
        return Glance(self.position(), is_all)

    def glance(self, patience: float = BRIEF) -> Glance:
        """What somebody who is waiting for a page has time for.

        Follow the log, a little at a time, and build only where nothing is there to be shown yet.
        """
        started = time.monotonic()
        there, head = self._work.all(), self._log.position()
        if generations.settled(there, self._models, head):
            return Glance(head, True)
        if not self._is_served():
            self.catch_up(patience if self._turn.locked() else PATIENCE)  # else it is being built already
        elif self._is_behind(there, head) and self._turn.acquire(timeout=patience):
            try:
                self._work.discard()
                while time.monotonic() - started < patience:
                    outcome = self._work.follow(head, _SIP)
                    if outcome == "nothing":
                        break
                    if outcome == "waits":
                        time.sleep(_PAUSE)
            finally:
                self._turn.release()
        return self._seen(head)

    def _seen(self, head: int) -> Glance:
        there = self._work.all()
        is_all = generations.settled(there, self._models, head)
        return Glance(generations.reached(there, self._models), is_all)

    def position(self) -> int:
        """Up to where the lists tell what the log says; 0: not all of them are served in our edition."""
        return generations.reached(self._work.all(), self._models)

    def rebuild(self, models: Collection[str] = (), progress: Progress | None = None) -> Rebuilt:
        """Compute read models again, beside those that are served, and put them in their place.

        One that was broken off is gone on with; one that somebody else is at is waited for.

        Args:
            models: their names; none: all.
        """
        chosen = tuple(name for name in self._models if not models or name in models)
        started = time.monotonic()
        with self._turn:
            work = self._work
            work.sessions = work.events = 0
            work.discard()
            work.begin(chosen, self._log.position(), anew=True)
            while any(each.model in chosen for each in work.ours("building", "built")):
                if progress is not None:
                    progress(*work.progress())
                head = self._log.position()
                while work.follow(head) == "worked":
                    pass
                if "worked" not in (work.build(), work.switch()):
                    time.sleep(_PAUSE)
            while work.clear() == "worked":
                pass
            return Rebuilt(chosen, work.sessions, work.events, time.monotonic() - started)

    def keep_up(self, stop: Event, rest: float = 1.0) -> None:
        """Catch up whenever the log has grown, until `stop` is set; it is looked at every second or so.

        Args:
            rest: seconds between two looks, at least.
        """
        while not stop.is_set():
            started = time.monotonic()
            position = self.catch_up()
            stop.wait(max(rest, _REST * (time.monotonic() - started)))
            while not stop.is_set() and not self._log.wait(position, 1.0):
                pass

    def _catch_up(self, head: int, started: float, patience: float | None) -> bool:
        """Returns whether nothing is left to do, or others are at it."""
        work = self._work
        work.discard()
        served = {each.model for each in work.ours("serving", "built", "building")}
        if missing := [name for name in self._models if name not in served]:
            work.begin(missing, head)
        waited = 0.0
        while (outcome := self._next(head, patience)) != "nothing":
            if patience is not None and time.monotonic() - started > patience:
                return False
            if outcome == "waits":
                if patience is not None and waited > _PATIENCE_WITH_OTHERS:
                    return False
                time.sleep(_PAUSE)
                waited += _PAUSE
        return True

    def _next(self, head: int, patience: float | None) -> Outcome:
        """Do one piece of work, whatever is due first."""
        work = self._work
        if (outcome := work.follow(head, None if patience is None else _BITE)) != "nothing":
            return outcome
        outcome = work.build()
        if outcome == "worked" or (outcome == "waits" and (patience is None or not self._is_served())):
            return outcome
        return "worked" if "worked" in (work.switch(), work.clear()) else "nothing"

    def _is_behind(self, there: Collection[Generation], head: int) -> bool:
        """Whether any that is served lacks something. Those of another edition are not ours to follow."""
        editions = {(model.name, model.edition) for model in self._models.values()}
        served = [
            each for each in there if each.state == "serving" and (each.model, each.edition) in editions
        ]
        return any(each.position < head for each in served)

    def _is_served(self) -> bool:
        return {each.model for each in self._work.all() if each.state == "serving"} >= self._models.keys()
