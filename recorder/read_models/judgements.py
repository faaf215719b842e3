"""What people say of steps, from the read models: what there is to adjudicate, what agreement is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Engine, Row, Select, func, select, tuple_

from recorder.events.event import JsonObject, stream_parts
from recorder.read_models.counters import COUNTERS, TALLIES
from recorder.read_models.model import Model, key_of
from recorder.read_models.reading import served
from recorder.read_models.registry import MODELS
from recorder.read_models.sessions import REVIEWS
from recorder.read_models.steps import STEPS
from recorder.review.verdicts import LEAST_AGREEING, MOST_AGREEING, TASKS, Task, agreed_by

PAGE_SIZE: Final = 25
_AT_ONCE: Final = 5_000
"""Sessions that are named in one statement."""

Place = tuple[float, str, int]
"""Where a step stands in its list: share of votes, session as the tables name it, number."""


@dataclass(frozen=True, slots=True)
class Due:
    """A step that there is something to adjudicate in."""

    session: str
    step: str
    question: int
    """Place of its question among the session's, from 0."""
    kind: str
    chosen: str | None
    """What was done."""
    label: str | None
    """What the verdict says is right."""
    votes: int
    share: float
    """Of the votes, for the label that has most."""
    labels: Mapping[str, int]
    """Label -> votes, most first."""
    place: Place


@dataclass(frozen=True, slots=True)
class Rated:
    """A step that several annotators judged in submitted reviews."""

    session: str
    step: str
    kind: str
    chosen: str | None
    status: str
    """The verdict's."""
    given: Mapping[str, JsonObject]
    """Annotator -> `label`, and `entities` (start, end, name, role, group) where anybody marked some."""


@dataclass(frozen=True, slots=True)
class Quick:
    """Runs of quick assent in one review (`recorder.review.screening`)."""

    annotator: str
    session: str
    decisions: int
    otherwise: int
    """Steps among them of which the verdict says something else."""


class Judgements:
    """Answers from the tables as they are: let `ReadModels` catch up first."""

    def __init__(self, engine: Engine, name: str, models: Mapping[str, Model] = MODELS) -> None:
        self._engine = engine
        self._name = name
        self._models = models

    def due(
        self,
        task: Task,
        *,
        after: Place | None = None,
        sessions: Collection[str] | None = None,
        size: int = PAGE_SIZE,
    ) -> list[Due]:
        """The next steps with this task, those with the lowest agreement first.

        Args:
            after: place of the last one that was shown.
            sessions: only of these; None: of all.
        """
        return self._waiting(task, after, sessions, size)

    def agreed(
        self,
        least: int,
        *,
        after: Due | None = None,
        sessions: Collection[str] | None = None,
        size: int = PAGE_SIZE,
    ) -> list[Due]:
        """The next steps on which `least` people or more say the same, and nobody else; by most people first.

        What was adjudicated is none of them.

        Args:
            least: from `LEAST_AGREEING` to `MOST_AGREEING`.
            after: the last one that was shown.
            sessions: only of these; None: of all.
        """
        most = MOST_AGREEING if after is None else min(after.votes, MOST_AGREEING)
        found: list[Due] = []
        for votes in range(most, least - 1, -1):
            place = after.place if after is not None and votes == most else None
            found += self._waiting(agreed_by(votes), place, sessions, size - len(found))
            if len(found) == size:
                break
        return found

    def _waiting(
        self, task: str, after: Place | None, sessions: Collection[str] | None, size: int
    ) -> list[Due]:
        here = (_S.task == task, *_among(_S.session, sessions))
        order = (_S.share, _S.session, _S.number)
        behind = () if after is None else (tuple_(*order) > after,)
        with served(self._engine, self._name, self._models) as (connection, generation):
            rows = select(STEPS).where(_S.generation == generation["steps"], *here, *behind)
            return [_due(row) for row in connection.execute(rows.order_by(*order).limit(size))]

    def tasks(self, sessions: Collection[str] | None = None) -> dict[str, int]:
        """Task -> how many steps have it; those that have none are left out."""
        found = self._tasks(sessions)
        return {task: found[task] for task in TASKS if task in found}

    def agreed_counts(self, sessions: Collection[str] | None = None) -> dict[int, int]:
        """How many people agree -> on how many steps that nobody adjudicated; `MOST_AGREEING`: or more."""
        found = self._tasks(sessions)
        by_votes = {votes: found.get(agreed_by(votes)) for votes in range(LEAST_AGREEING, MOST_AGREEING + 1)}
        return {votes: number for votes, number in by_votes.items() if number}

    def _tasks(self, sessions: Collection[str] | None) -> dict[str, int]:
        if sessions is None:
            return self.counter("task")
        count: Select[Any] = select(_S.task, func.count())
        with served(self._engine, self._name, self._models) as (connection, generation):
            of_it = count.where(
                _S.generation == generation["steps"], _S.task.is_not(None), *_among(_S.session, sessions)
            )
            return dict(map(tuple, connection.execute(of_it.group_by(_S.task))))

    def rated(self, sessions: Collection[str] | None, limit: int) -> list[Rated]:
        """Steps with votes of two or more, in the order of their sessions; at most so many."""
        with served(self._engine, self._name, self._models) as (connection, generation):
            rows = select(STEPS).where(
                _S.generation == generation["steps"], _S.pairs > 0, *_among(_S.session, sessions)
            )
            return [
                _rated(row) for row in connection.execute(rows.order_by(_S.session, _S.number).limit(limit))
            ]

    def quick(self, sessions: Collection[str] | None, limit: int) -> list[Quick]:
        """Reviews with runs of quick assent, those with most first; at most so many."""
        columns = (_R.annotator, _R.session, _R.quick, _R.quick_otherwise)
        with served(self._engine, self._name, self._models) as (connection, generation):
            rows = select(*columns).where(
                _R.generation == generation["sessions"], _R.quick > 0, *_among(_R.session, sessions)
            )
            order = (_R.quick.desc(), _R.annotator.desc(), _R.session.desc())
            return [
                Quick(annotator, _id(session), decisions, otherwise)
                for annotator, session, decisions, otherwise in connection.execute(
                    rows.order_by(*order).limit(limit)
                )
            ]

    def counter(self, name: str) -> dict[str, int]:
        """About what -> the sum."""
        with served(self._engine, self._name, self._models) as (connection, generation):
            rows = select(_C.about, _C.value).where(_C.generation == generation["counters"], _C.name == name)
            return dict(map(tuple, connection.execute(rows.order_by(_C.about))))

    def counted(self, sessions: Collection[str], *names: str) -> list[dict[str, int]]:
        """Of each of these counters, about what -> the sum over these sessions alone."""
        sums = [Counter[str]() for _ in names]
        wanted = sorted(sessions)
        with served(self._engine, self._name, self._models) as (connection, generation):
            of_it = select(_T.counts).where(_T.generation == generation["counters"])
            for at in range(0, len(wanted), _AT_ONCE):
                rows = of_it.where(*_among(_T.session, wanted[at : at + _AT_ONCE]))
                for counts in map(orjson.loads, connection.scalars(rows)):
                    for name, into in zip(names, sums, strict=True):
                        into.update(counts.get(name, {}))
        return [dict(sorted(each.items())) for each in sums]


_S, _R, _C, _T = STEPS.c, REVIEWS.c, COUNTERS.c, TALLIES.c


def _among(column: ColumnElement[Any], sessions: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if sessions is None else (column.in_(sorted({key_of(session) for session in sessions})),)


def _due(row: Row[Any]) -> Due:
    return Due(
        session=_id(row.session),
        step=row.step,
        question=row.question,
        kind=row.kind,
        chosen=row.chosen,
        label=row.label,
        votes=row.votes,
        share=row.share,
        labels=orjson.loads(row.labels),
        place=(row.share, row.session, row.number),
    )


def _rated(row: Row[Any]) -> Rated:
    given = orjson.loads(row.given) if row.given else {}  # empty in a generation of an older program
    return Rated(_id(row.session), row.step, row.kind, row.chosen, row.status, given)


def _id(key: str) -> str:
    """Of a session as the tables name it."""
    return stream_parts(key)[0]
