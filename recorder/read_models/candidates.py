"""Sessions from which a batch may be sampled, as the read models tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from recorder.events.event import stream_parts
from recorder.read_models.sessions import REVIEWS, SESSIONS
from recorder.read_models.signals import PATHS, SIGNALS
from recorder.review.sampling import Candidate

_S, _R, _G = SESSIONS.c, REVIEWS.c, SIGNALS.c


def load(
    connection: Connection, generation: Mapping[str, int], conditions: Sequence[ColumnElement[bool]]
) -> list[Candidate]:
    """All sessions that fit and have something to review, by name.

    Args:
        generation: by read model.
        conditions: on the list of sessions.

    Where no review says of any session that it is right, no path is unknown and no end unusual: there is
    nothing to compare with.
    """
    of_list, of_signals = generation["sessions"], generation["signals"]
    reviewers = _reviewers(connection, of_list)
    right = select(_G.ending).distinct().where(_G.generation == of_signals, _G.is_right == 1)
    usual_ends = set(connection.scalars(right))
    end, known = PATHS.alias("ends"), PATHS.alias("known")
    any_known = select(known.c.path).where(known.c.generation == of_signals, known.c.kind == "known").limit(1)
    is_known = exists().where(
        known.c.generation == of_signals, known.c.kind == "known", known.c.path == end.c.path
    )
    strays = select(end.c.session).distinct()
    strays = strays.where(end.c.generation == of_signals, end.c.kind == "end", ~is_known)
    astray = set(connection.scalars(strays)) if connection.scalar(any_known) else set()
    rows = (
        select(_S.session, _S.confidence, _S.ended, *(column for column in _G if column.name not in _KEY))
        .select_from(SESSIONS.join(SIGNALS, and_(_G.generation == of_signals, _G.session == _S.session)))
        .where(_S.generation == of_list, _S.questions > 0, *conditions)
        .order_by(_S.session)
    )
    return [
        Candidate(
            session=stream_parts(row.session)[0],
            began=row.began,
            confidence=row.confidence,
            unsure=row.unsure,
            not_understood=row.not_understood,
            new_path=row.session in astray,
            odd_end=bool(usual_ends) and row.ending not in usual_ends,
            disputed=row.disputed,
            adjudicated=row.adjudicated,
            ended=_utc(row.ended),
            reviewers=tuple(reviewers.get(row.session, ())),
        )
        for row in connection.execute(rows)
    ]


_KEY = ("generation", "session")


def _reviewers(connection: Connection, generation: int) -> Mapping[str, list[str]]:
    """Session -> who has submitted a review of it."""
    found: dict[str, list[str]] = defaultdict(list)
    submitted = select(_R.session, _R.annotator).where(_R.generation == generation, _R.status == "submitted")
    for session, annotator in connection.execute(submitted.order_by(_R.session, _R.annotator)):
        found[session].append(annotator)
    return found


def _utc(time: Any) -> datetime | None:
    return time.replace(tzinfo=UTC) if time else None
