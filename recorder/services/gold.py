"""The gold: sessions as their submitted reviews, and adjudicators, say they should have gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recorder.dialogue.domain import Domain
from recorder.dialogue.steps import cut
from recorder.events.event import Recorded, adjudication_stream, review_stream, session_stream, stream_parts
from recorder.review import adjudications, reviews
from recorder.review.corrections import CorrectedEpisode, correct
from recorder.review.questions import ask, spell_out
from recorder.review.verdicts import USUAL, Rule, Verdict, settle, withheld
from recorder.store.log import EventLog
from recorder.store.shards import SIZE, Shard, Snapshot, shards

Judged = tuple[str, tuple[str, ...]]
"""A session, and the annotators who have a review of it, sorted; nobody, where it was only adjudicated."""


@dataclass(frozen=True, slots=True)
class ReviewedSession:
    """A session with a submitted review or an adjudication, as it should have gone."""

    session: str
    annotators: tuple[str, ...]
    """Who submitted, sorted."""
    episodes: tuple[CorrectedEpisode, ...]
    verdicts: Mapping[str, Verdict]
    responses: Mapping[str, str]
    began: int
    """Position in the log of its first event."""
    position: int
    """Position in the log of the newest event that was read for it."""


def reviewed_sessions(
    log: EventLog, domain: Domain | None = None, as_of: int | None = None, rule: Rule = USUAL
) -> Iterator[ReviewedSession]:
    """All sessions with a submitted review or an adjudication, in the order of their names, one at a time.

    Args:
        as_of: nothing after this position of the log counts; None: all of it does.
        rule: which verdicts count.
    """
    for shard in judged(log, as_of):
        yield from settled(log, shard, domain, rule)


def judged(log: EventLog, as_of: int | None = None, size: int = SIZE) -> list[Shard[Judged]]:
    """All sessions that anybody has begun to judge, in the order of their names, in shards."""
    at = Snapshot.of(log, as_of)
    by_session: dict[str, list[str]] = defaultdict(list)
    for stream in log.streams("review/"):
        _, session, annotator = stream_parts(stream)
        by_session[session].append(annotator)
    for stream in log.streams(adjudication_stream("")):
        by_session[stream_parts(stream)[1]]  # there, even if nobody has a review of it
    items = [(session, tuple(sorted(annotators))) for session, annotators in sorted(by_session.items())]
    return shards(items, at, size)


def settled(
    log: EventLog, shard: Shard[Judged], domain: Domain | None = None, rule: Rule = USUAL
) -> Iterator[ReviewedSession]:
    """Those of a shard that anybody submitted a review of, or adjudicated; in its order, read at once."""
    streams = [s for session, annotators in shard.items for s in _streams(session, annotators)]
    rows = {
        stream: [record for record in records if record.position <= shard.at.position]
        for stream, records in log.read_many(streams).items()
    }
    for session, annotators in shard.items:
        told, over, *given = (rows[stream] for stream in _streams(session, annotators))
        found = _settled(session, told, over, dict(zip(annotators, given, strict=True)), domain, rule)
        if found is not None:
            yield found


def _streams(session: str, annotators: Sequence[str]) -> list[str]:
    of_annotators = (review_stream(session, annotator) for annotator in annotators)
    return [session_stream(session), adjudication_stream(session), *of_annotators]


def _settled(
    session: str,
    told: Sequence[Recorded],
    over: Sequence[Recorded],
    given: Mapping[str, Sequence[Recorded]],
    domain: Domain | None,
    rule: Rule,
) -> ReviewedSession | None:
    folded = {name: reviews.replay((r.id, r.event) for r in rows) for name, rows in given.items()}
    submitted = {name: review for name, review in folded.items() if review.submitted}
    adjudicated = adjudications.replay(over).standing
    if (
        not (submitted or adjudicated) or not told
    ):  # without a session: it was forgotten while somebody reviewed it
        return None
    questions = ask(cut(told, domain))
    decisions = {name: review.decisions() for name, review in submitted.items()}
    verdicts = settle(
        {name: spell_out(questions, reviews.answers(made)) for name, made in decisions.items()}, adjudicated
    )
    answers = {step: verdict.answer for step, verdict in verdicts.items()}
    written = [*decisions.values(), *(each.decisions for each in adjudicated.values())]
    return ReviewedSession(
        session=session,
        annotators=tuple(submitted),
        episodes=tuple(
            correct(session, questions, answers, withheld=withheld(verdicts, rule), domain=domain)
        ),
        verdicts=verdicts,
        responses={n: t for made in written for n, t in reviews.responses(made).items()},
        began=told[0].position,
        position=max(_last(told), _last(over), *(_last(given[name]) for name in submitted)),
    )


def _last(rows: Sequence[Recorded]) -> int:
    return rows[-1].position if rows else 0
