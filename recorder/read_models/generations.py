"""Generations of read models: which one is served, which is being built, who works at it.

    building ──► built ──► serving ──► leaving ──► (gone)

A new one begins at the log's end of that moment: it is built session by session, which takes in
everything up to then, and follows the log from there like those that are served. When it has caught
up, it takes the place of the one before in one transaction; that one's rows are then deleted bit by bit.

Programs of another edition have generations of their own, which nobody else follows; until the first
one of its own is ready, a program shows theirs.

Who works at a generation holds it for a while, and longer with every step. That only saves others the
same work: what makes it right is that every step is written if, and only if, the generation stands
where it stood when the step began.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, text, update

from recorder.read_models.model import Model
from recorder.read_models.tables import CaughtUpRow

HELD_FOR: Final = 10.0
"""Seconds after its last step for which nobody takes over from somebody at work."""
NONE: Final = -1
"""Number of a generation that is not there: it has no rows."""
KEPT_FOR: Final = 86_400.0
"""Seconds for which a generation of another edition is kept that nobody works at."""

_ROWS: Final = CaughtUpRow.metadata.tables["caught_up"]
_C: Final = _ROWS.c
_WRITING: Final = 0x5E5512
"""Advisory lock of who writes read models; the log has others."""
_RANK: Final = {"serving": 0, "built": 1, "building": 2}


class Overtaken(Exception):
    """Somebody else has worked at the generation meanwhile; the transaction is to be given up."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A row of `caught_up`."""

    model: str
    generation: int
    edition: int
    position: int
    state: str
    built: int
    holder: str
    held_until: float

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody has worked at it for long; of ours, nobody need."""
        return self.held_until < time.time() - KEPT_FOR

    def is_held(self, by_others_than: str) -> bool:
        # Whoever holds it for longer than anybody does had another clock.
        left = self.held_until - time.time()
        return self.holder != by_others_than and 0 < left <= HELD_FOR


def lock(connection: Connection) -> None:
    """Until the transaction ends, nobody else writes read models. On SQLite, who writes is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITING})"))


def load(connection: Connection) -> list[Generation]:
    """All generations, of all models and editions."""
    rows = connection.execute(select(_ROWS).order_by(_C.model, _C.generation))
    return [Generation(**row._mapping) for row in rows]


def shown(there: Iterable[Generation], models: Mapping[str, Model]) -> dict[str, int]:
    """Model -> generation to read: one that is served, of our edition first; else what there is of ours."""
    best = dict.fromkeys(models, NONE)
    rank = dict.fromkeys(models, (len(_RANK), 0, 0))
    for each in there:
        ours = each.model in models and each.edition == models[each.model].edition
        if each.model in models and (each.state == "serving" or (ours and each.state in _RANK)):
            its = (_RANK[each.state], 0 if ours else 1, -each.generation)
            if its < rank[each.model]:
                best[each.model], rank[each.model] = each.generation, its
    return best


def reached(there: Iterable[Generation], models: Mapping[str, Model]) -> int:
    """Up to where all of the models tell what the log says; 0: not all are served in our edition."""
    served = {
        each.model: each.position
        for each in there
        if each.model in models and each.edition == models[each.model].edition and each.state == "serving"
    }
    return min(served.values()) if served.keys() == models.keys() else 0


def settled(there: Iterable[Generation], models: Mapping[str, Model], head: int) -> bool:
    """Whether there is nothing to do: all are served, up to the log's end, and nothing is to be deleted."""
    served = 0
    for each in there:
        if each.model not in models:
            continue
        if each.state == "leaving":
            return False
        if each.edition == models[each.model].edition:
            if each.state != "serving" or each.position != head:
                return False
            served += 1
        elif each.is_abandoned:
            return False
    return served == len(models)


def begin(connection: Connection, models: Sequence[Model], position: int, *, empty: bool) -> None:
    """A new generation of each of the models; `empty`: of an empty log, which needs no building."""
    last = connection.scalar(select(func.coalesce(func.max(_C.generation), 0))) or 0
    for model in models:
        connection.execute(
            insert(_ROWS).values(
                model=model.name,
                generation=last + 1,
                edition=model.edition,
                position=position,
                state="serving" if empty else "building",
                built=0,
                holder="",
                held_until=time.time(),
            )
        )


def step(
    connection: Connection,
    generations: Sequence[Generation],
    holder: str,
    *,
    first: bool = True,
    last: bool = False,
    **change: Any,
) -> None:
    """Move the generations on, all of them, if they stand where they stood.

    Args:
        first: nothing was written by this holder since it saw where they stand.
        last: there is nothing more to do; others may go on at once.
        change: columns that change: position, built, state.

    Raises:
        Overtaken: they do not stand there any more, or others hold them.
    """
    now = time.time()
    mine = _C.holder == holder
    free = or_(mine, _C.held_until <= now, _C.held_until > now + HELD_FOR)
    values = change | {"holder": holder, "held_until": now + (0.0 if last else HELD_FOR)}
    for each in generations:
        stands = (_C.position == each.position, _C.built == each.built, _C.state == each.state)
        moved = update(_ROWS).where(*_is(each), *stands, free if first else mine)
        if not connection.execute(moved.values(**values)).rowcount:
            raise Overtaken


def switch(connection: Connection, ready: Sequence[Generation]) -> bool:
    """Let these be served, and those of the same edition before them leave.

    Returns:
        False: none of them was, because what is served is ahead: nobody's list goes back in time.
    """
    switched = False
    for each in ready:
        same = (_C.model == each.model, _C.edition == each.edition)
        ahead = select(_C.position).where(*same, _C.state == "serving", _C.position > each.position)
        serve = update(_ROWS).where(*_is(each), _C.state == "built", ~ahead.exists())
        if connection.execute(serve.values(state="serving")).rowcount:
            before = update(_ROWS).where(*same, _C.generation < each.generation)
            connection.execute(before.values(state="leaving"))
            switched = True
    return switched


def leave(connection: Connection, abandoned: Sequence[Generation]) -> None:
    for each in abandoned:
        connection.execute(
            update(_ROWS).where(*_is(each), _C.held_until == each.held_until).values(state="leaving")
        )


def leave_beyond(connection: Connection, models: Mapping[str, Model], head: int) -> None:
    """Those of our edition that claim to know more than the log has: they were made from another one."""
    for model in models.values():
        ours = (_C.model == model.name, _C.edition == model.edition)
        connection.execute(update(_ROWS).where(*ours, _C.position > head).values(state="leaving"))


def remove(connection: Connection, each: Generation) -> None:
    """Its rows are gone, and now it is."""
    connection.execute(delete(_ROWS).where(*_is(each)))


def _is(each: Generation) -> tuple[ColumnElement[bool], ...]:
    return _C.model == each.model, _C.generation == each.generation
