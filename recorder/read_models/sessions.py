"""Read model `sessions`: what lists say of a session, what occurs in it, how far each review is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from recorder.read_models.model import History, Model, Rows, storable
from recorder.read_models.tables import ReviewRow, SessionLabelRow, SessionRow
from recorder.review import screening
from recorder.review.summary import Summary
from recorder.review.votes import label

SESSIONS: Final = SessionRow.metadata.tables["session_list"]
LABELS: Final = SessionLabelRow.metadata.tables["session_label"]
REVIEWS: Final = ReviewRow.metadata.tables["review_list"]

_SUREST: Final = 2.0
"""Stands for an unknown confidence, which comes after all known ones."""
_NEVER: Final = 1e18
"""Microseconds since 1970 that stand for an unknown time."""
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def fold(history: History) -> Rows:
    return {
        SESSIONS.name: [_session(history.summary)],
        LABELS.name: list(_labels(history)),
        REVIEWS.name: list(_reviews(history)),
    }


MODEL: Final = Model("sessions", 4, (SESSIONS, LABELS, REVIEWS), fold)


def _session(summary: Summary) -> dict[str, Any]:
    ended = _NEVER if summary.ended is None else (summary.ended - _START) / timedelta(microseconds=1)
    return {
        "source": storable(summary.source),
        "origin": storable(summary.origin),
        "started": _bare(summary.started),
        "ended": _bare(summary.ended),
        "messages": summary.messages,
        "questions": summary.questions,
        "episodes": summary.episodes,
        "intent_confidence": summary.intent_confidence,
        "action_confidence": summary.action_confidence,
        "confidence": summary.confidence,
        "doubtful": summary.doubtful,
        "opening": storable(summary.opening),
        "by_doubt": _SUREST if summary.confidence is None else summary.confidence,
        "by_newest": _NEVER if summary.ended is None else -ended,
        "by_oldest": ended,
        "by_length": -summary.messages,
    }


def _labels(history: History) -> Iterator[dict[str, Any]]:
    found = history.summary
    for kind, names in (
        ("intent", found.intents),
        ("action", found.actions),
        ("tag", history.tags),
        ("mention", history.comments.unread()),
    ):
        for name in sorted({storable(name) for name in names}):
            yield {"kind": kind, "name": name}


def _reviews(history: History) -> Iterator[dict[str, Any]]:
    for annotator, far in history.progress.items():
        yield {
            "annotator": storable(annotator),
            "status": far.status,
            "decided": far.decided,
            "corrected": far.corrected,
            "flags": storable(" ".join(far.flags)),
            "notes": far.notes,
            **_quick(history, annotator),
        }


def _quick(history: History, annotator: str) -> dict[str, int]:
    """Decisions in runs of quick assent, and the steps among them of which the verdict says otherwise."""
    made = screening.presses(history.reviews[annotator], history.decided.get(annotator, {}))
    runs = [press for run in screening.quick(made) for press in run]
    steps = {step for press in runs for step in press.steps}
    otherwise = sum(
        judged.step.id in steps
        and label(judged.step, judged.verdict.answer) not in (None, judged.step.chosen)
        for judged in history.steps
    )
    return {"quick": len(runs), "quick_otherwise": otherwise}


def _bare(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC).replace(tzinfo=None) if time else None
