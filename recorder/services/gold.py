"""The gold: sessions as their submitted reviews say they should have gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from recorder.dialogue.domain import Domain
from recorder.dialogue.steps import cut
from recorder.events.event import Recorded, review_stream, session_stream, stream_parts
from recorder.review import reviews
from recorder.review.corrections import CorrectedEpisode, correct
from recorder.review.questions import ask, spell_out
from recorder.review.verdicts import Verdict, settle
from recorder.store.log import EventLog


@dataclass(frozen=True, slots=True)
class ReviewedSession:
    """A session with at least one submitted review, as it should have gone."""

    session: str
    annotators: tuple[str, ...]
    """Who submitted, sorted."""
    episodes: tuple[CorrectedEpisode, ...]
    verdicts: Mapping[str, Verdict]
    responses: Mapping[str, str]
    position: int
    """Position in the log of the newest event that was read for it."""


def reviewed_sessions(
    log: EventLog, domain: Domain | None = None, as_of: int | None = None
) -> Iterable[ReviewedSession]:
    """All sessions with a submitted review, in the order of their names, one at a time.

    Args:
        as_of: nothing after this position of the log counts; None: all of it does.
    """
    by_session: dict[str, list[str]] = defaultdict(list)
    for stream in log.streams("review/"):
        _, session, annotator = stream_parts(stream)
        by_session[session].append(annotator)
    for session in sorted(by_session):
        found = _reviewed(log, session, sorted(by_session[session]), domain, as_of)
        if found is not None:
            yield found


def _reviewed(
    log: EventLog, session: str, annotators: Sequence[str], domain: Domain | None, as_of: int | None
) -> ReviewedSession | None:
    streams = {annotator: review_stream(session, annotator) for annotator in annotators}
    rows = log.read_many([session_stream(session), *streams.values()])
    rows = {
        stream: [r for r in part if as_of is None or r.position <= as_of] for stream, part in rows.items()
    }
    given = {name: reviews.replay((r.id, r.event) for r in rows[stream]) for name, stream in streams.items()}
    submitted = {name: review for name, review in given.items() if review.submitted}
    if not submitted:
        return None
    questions = ask(cut(rows[session_stream(session)], domain))
    decisions = {name: review.decisions() for name, review in submitted.items()}
    verdicts = settle([spell_out(questions, reviews.answers(made)) for made in decisions.values()])
    disputed = [step for step, verdict in verdicts.items() if verdict.status == "disputed"]
    answers = {step: verdict.answer for step, verdict in verdicts.items()}
    return ReviewedSession(
        session=session,
        annotators=tuple(submitted),
        episodes=tuple(correct(session, questions, answers, disputed=disputed, domain=domain)),
        verdicts=verdicts,
        responses={n: t for made in decisions.values() for n, t in reviews.responses(made).items()},
        position=max(_last(rows[session_stream(session)]), *(_last(rows[streams[n]]) for n in submitted)),
    )


def _last(rows: Sequence[Recorded]) -> int:
    return rows[-1].position if rows else 0
