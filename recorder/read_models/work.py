"""The pieces of work on read models: begin, follow, build, switch, clear. Each is right whenever it is done.

What changed is folded first, outside any transaction, so that nobody who appends has to wait; then the
rows of so many sessions are written in one transaction with what it says of their generations.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, func, select

from recorder.read_models import generations, histories, rows
from recorder.read_models.generations import Generation, Overtaken
from recorder.read_models.histories import Place
from recorder.read_models.model import Model
from recorder.store.database import translated
from recorder.store.log import EventLog
from recorder.store.statements import STREAMS

_WINDOW: Final = 50_000
"""Events that are looked at together: a session that has several of them is folded once."""

Outcome = Literal["worked", "waits", "nothing"]
"""`waits`: somebody else is at it. `nothing`: there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What is to be written of some sessions."""

    keys: list[str]
    began: dict[str, int]
    """Session -> position of its first event."""
    rows: dict[str, list[dict[str, Any]]]
    """Table -> rows, each with its session."""


class Work:
    """One worker: one thread at a time."""

    def __init__(self, engine: Engine, log: EventLog, name: str, models: Mapping[str, Model]) -> None:
        self._engine = engine
        self._log = log
        self._name = name
        self._models = models
        self._me = uuid.uuid4().hex
        self.sessions = self.events = 0
        """Built by this worker; a session's reviews count with it."""

    def all(self) -> list[Generation]:
        with self._reading() as connection:
            return generations.load(connection)

    def ours(self, *states: str) -> list[Generation]:
        """Generations of our edition in these states."""
        return [each for each in self.all() if self._is_ours(each) and each.state in states]

    def discard(self) -> None:
        """Let those leave that were made from a longer log, as a restored one may bring along."""
        there = self.ours("serving", "built", "building")
        head = self._log.position()  # after the look: nobody is ahead of it
        if any(each.position > head for each in there):
            with self._writing() as connection:
                generations.leave_beyond(connection, self._models, self._log.position())

    def begin(self, models: Collection[str], head: int, *, anew: bool = False) -> None:
        """Begin a generation of each of these models that has none on its way.

        Args:
            head: the log's end.
            anew: although one is served.
        """
        with self._writing() as connection:
            there = filter(self._is_ours, generations.load(connection))
            enough = ("building", "built") if anew else ("building", "built", "serving")
            begun = {each.model for each in there if each.state in enough}
            due = [self._models[name] for name in models if name not in begun]
            generations.begin(connection, due, head, empty=head == 0 and not anew)

    def follow(self, head: int, window: int | None = None) -> Outcome:
        """Take the next events, up to `head`, into those generations that are furthest behind.

        Args:
            window: events that are looked at together; None: as many as are well folded in one go.
        """
        following = self.ours("serving", "built")
        behind = sorted((each for each in following if each.position < head), key=attrgetter("position"))
        if not behind:
            return "nothing"
        position = behind[0].position
        group = [each for each in behind if each.position == position]
        if any(each.is_held(self._me) for each in group):
            return "waits"
        until = min([head, position + (window or _WINDOW), *(each.position for each in behind[len(group) :])])
        with self._reading() as connection:
            keys = histories.changed(connection, position, until)
            parts = list(histories.parts(connection, keys))
        self._take(group, keys, parts, last=until == head, position=until)
        return "worked"

    def build(self) -> Outcome:
        """Take the next sessions into what is being built."""
        building = self.ours("building")
        free = sorted((each for each in building if not each.is_held(self._me)), key=attrgetter("built"))
        if not free:
            return "waits" if building else "nothing"
        built = free[0].built
        group = [each for each in free if each.built == built]
        with self._reading() as connection:
            keys, reached = histories.following(connection, built)
            parts = list(histories.parts(connection, keys))
        if reached == built:
            self._take(group, [], [], last=True, state="built")
        elif self._take(group, keys, parts, last=False, built=reached):
            self.sessions += len(keys)
            self.events += sum(place.size for part in parts for place in part)
        return "worked"

    def switch(self) -> Outcome:
        """Let what has been built, and has caught up, be served."""
        ready = self.ours("built")
        if not ready:
            return "nothing"
        with self._writing() as connection:
            return "worked" if generations.switch(connection, ready) else "waits"

    def clear(self) -> Outcome:
        """Delete some rows of what nobody reads any more."""
        there = [each for each in self.all() if each.model in self._models]
        served = {each.model for each in there if self._is_ours(each) and each.state == "serving"}
        strangers = [each for each in there if each.model in served and not self._is_ours(each)]
        abandoned = [each for each in strangers if each.state != "leaving" and each.is_abandoned]
        leaving = [each for each in there if each.state == "leaving"]
        if not abandoned and not leaving:
            return "nothing"
        with self._writing() as connection:
            generations.leave(connection, abandoned)
            for each in leaving[:1]:
                if rows.clear(connection, self._models[each.model], each.generation):
                    generations.remove(connection, each)
        return "worked"

    def progress(self) -> tuple[int, int]:
        """How many streams were looked at for what is being built, and how many there are."""
        with self._reading() as connection:
            total = connection.scalar(select(func.coalesce(func.max(STREAMS.c.id), 0))) or 0
        return min((each.built for each in self.ours("building")), default=total), total

    def _take(
        self,
        group: Sequence[Generation],
        keys: Sequence[str],
        parts: Sequence[Sequence[Place]],
        *,
        last: bool,
        **change: Any,
    ) -> bool:
        """Fold the sessions and write them, part by part; the last transaction moves the generations on.

        Returns:
            False: somebody else was at it, and the rest is not written.
        """
        try:
            for number, part in enumerate(parts):
                folded = self._fold(group, part)
                end = number == len(parts) - 1
                with self._writing() as connection:
                    moved = change if end else {}
                    generations.step(
                        connection, group, self._me, first=number == 0, last=last and end, **moved
                    )
                    self._write(connection, group, folded)
            if not parts:
                with self._writing() as connection:
                    generations.step(connection, group, self._me, last=last, **change)
        except Overtaken:
            return False
        return True

    def _fold(self, group: Sequence[Generation], places: Sequence[Place]) -> Folded:
        models = [self._models[name] for name in dict.fromkeys(each.model for each in group)]
        folded = Folded([place.key for place in places], {}, {})
        for place, history in histories.read(self._log, places):
            folded.began[place.key] = history.records[0].position
            for model in models:
                for table, made in model.fold(history).items():
                    folded.rows.setdefault(table, []).extend({"session": place.key, **row} for row in made)
        return folded

    def _write(self, connection: Connection, group: Sequence[Generation], folded: Folded) -> None:
        there = rows.began(connection, folded.keys)
        # Who was forgotten meanwhile must not come back, even if another of that name has begun.
        kept = {key for key, position in folded.began.items() if there.get(key) == position}
        made = {
            table: [row for row in found if row["session"] in kept] for table, found in folded.rows.items()
        }
        for each in group:
            rows.replace(connection, self._models[each.model], each.generation, folded.keys, made)

    def _is_ours(self, each: Generation) -> bool:
        return each.model in self._models and each.edition == self._models[each.model].edition

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.execution_options(writes=True).begin() as connection:
            generations.lock(connection)
            yield connection
