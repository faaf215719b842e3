"""Let a model rank the actions of sessions that were recorded without a ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.dialogue.domain import ACTION_LISTEN
from recorder.dialogue.steps import ACTION, Step, cut
from recorder.errors import DomainMismatch, UnknownSession
from recorder.events.event import NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked
from recorder.learning.model import Model
from recorder.store.log import EventLog

AT_ONCE: Final = 100
"""Sessions that are read in one go."""

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
    progress: Progress = lambda done, total: None,
) -> Report:
    """Rank all action steps that the recording model left without a ranking; again adds nothing.

    Args:
        sessions: ids; none: all sessions of the log.

    Raises:
        UnknownSession: nothing is written then.
        DomainMismatch: the model lacks most actions of every session that has any.
    """
    streams = [session_stream(session) for session in sessions] or list(log.streams("session/"))
    for session, stream in zip(sessions, streams, strict=False):
        if not log.version(stream):
            raise UnknownSession(session)
    report = Report()
    for stream, records in _read(log, streams):
        steps = [step for step in cut(records, model.domain) if step.kind == ACTION]
        if _is_foreign(steps, model):
            report.of_another_bot += 1
        else:
            _rank_session(log, stream, steps, model, actor, report)
        report.sessions += 1
        progress(report.sessions, len(streams))
    if report.of_another_bot and not report.ranked and not report.already_there:
        raise DomainMismatch(model.id, "it lacks most of the actions of these sessions")
    return report


def _rank_session(
    log: EventLog, stream: str, steps: Sequence[Step], model: Model, actor: str, report: Report
) -> None:
    missing = [step for step in steps if not _is_ranked(step, model)]
    log.append(stream, [_ranked(step, model) for step in missing], actor=actor)
    report.ranked += len(missing)
    report.already_there += len(steps) - len(missing)


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


def _read(log: EventLog, streams: Sequence[str]) -> Iterator[tuple[str, list[Recorded]]]:
    for start in range(0, len(streams), AT_ONCE):
        yield from log.read_many(streams[start : start + AT_ONCE]).items()
