"""Let a model rank the actions of sessions that were recorded without a ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.dialogue.steps import ACTION, Step, cut
from recorder.errors import DomainMismatch, EventConflict, UnknownSession, VersionConflict
from recorder.events.event import NewEvent, is_forgotten, session_stream
from recorder.events.prediction import ActionRanked
from recorder.learning.model import Model
from recorder.store.log import EventLog
from recorder.store.shards import Here, Shard, Snapshot, Workers, shards

Progress = Callable[[int, int], None]
"""Is told how many sessions are done, of how many."""


@dataclass(slots=True)
class Report:
    sessions: int = 0
    ranked: int = 0
    """Steps that now have a ranking of this model."""
    already_there: int = 0
    """Steps that had one: of this model, or of the model that recorded them."""
    of_another_bot: int = 0
    """Sessions left alone: the model lacks most of their actions."""


def rank(
    log: EventLog,
    model: Model,
    sessions: Sequence[str] = (),
    *,
    actor: str = "rank",
    workers: Workers | None = None,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Rank all action steps that the recording model left without a ranking; again adds nothing.

    Args:
        sessions: ids; none: all sessions of the log.
        workers: who asks the model; None: this process. Whoever it is, this process appends.

    Raises:
        UnknownSession: nothing is written then.
        DomainMismatch: the model lacks most actions of every session that has any.
    """
    streams = [session_stream(session) for session in sessions] or list(log.streams("session/"))
    for session, stream in zip(sessions, streams, strict=False):
        if not log.version(stream):
            raise UnknownSession(session)
    report = Report()
    parts = (workers or Here(log)).map(partial(missing, model=model), shards(streams, Snapshot.of(log)))
    for one in (one for part in parts for one in part):
        _append(log, one, actor)
        report.ranked += len(one.rankings)
        report.already_there += one.already_there
        report.of_another_bot += one.of_another_bot
        report.sessions += 1
        progress(report.sessions, len(streams))
    if report.of_another_bot and not report.ranked and not report.already_there:
        raise DomainMismatch(model.id, "it lacks most of the actions of these sessions")
    return report


class Missing(NamedTuple):
    """What a session's stream lacks of a model's rankings."""

    stream: str
    version: int
    """How many events it held."""
    rankings: list[NewEvent]
    already_there: int
    of_another_bot: bool


def missing(log: EventLog, shard: Shard[str], model: Model) -> list[Missing]:
    """The rankings that are to be added to each stream of the shard."""
    found = []
    for stream, records in log.read_many(shard.items).items():
        known = [record for record in records if record.position <= shard.at.position]
        steps = [step for step in cut(known, model.domain) if step.kind == ACTION]
        if _is_foreign(steps, model):
            found.append(Missing(stream, len(known), [], 0, True))
            continue
        rankings = [_ranked(step, model) for step in steps if not _is_ranked(step, model)]
        found.append(Missing(stream, len(known), rankings, len(steps) - len(rankings), False))
    return found


def _append(log: EventLog, missing: Missing, actor: str) -> None:
    """Add the rankings, unless the session was forgotten meanwhile: they would begin it anew."""
    version = missing.version
    while version:
        try:
            log.append(missing.stream, missing.rankings, expected_version=version, actor=actor)
            return
        except VersionConflict as conflict:  # it goes on, or nothing is left of it
            version = conflict.actual
        except EventConflict as conflict:
            if is_forgotten(conflict.stream):
                return
            raise


def _ranked(step: Step, model: Model) -> NewEvent:
    proposal = model.rank_actions(step.before)
    event = ActionRanked(step.id, model.id, proposal.ranking, proposal.policy, late=True)
    return NewEvent(event, id=f"{step.id}/ranked/{model.id}", occurred_at=None)


def _is_ranked(step: Step, model: Model) -> bool:
    """A ranking has more than the winner, which is all that most sources keep."""
    return any(p.model == model.id or (not p.late and len(p.ranking) > 1) for p in step.predictions)


def _is_foreign(steps: Sequence[Step], model: Model) -> bool:
    """Bots share names such as `utter_greet`; a model of the same bot has most of them."""
    done = {step.chosen for step in steps} - {ACTION_LISTEN, None}
    return len(done & set(model.policy.actions)) * 2 < len(done)
