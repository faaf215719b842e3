"""Read model `counters`: sums over all sessions, so that nobody counts rows.

What a session adds is kept beside the sums: when the session changes, only the difference is added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from recorder.read_models.model import History, Model, Rows, storable
from recorder.read_models.tables import CounterRow, TallyRow
from recorder.review import screening
from recorder.review.questions import with_messages
from recorder.review.reviews import NO_ANSWER, Answer
from recorder.review.votes import label

TALLIES: Final = TallyRow.metadata.tables["session_tally"]
COUNTERS: Final = CounterRow.metadata.tables["counter"]


def fold(history: History) -> Rows:
    counts: dict[str, dict[str, int]] = {}
    for name, about, number in _counted(history):
        if number:
            of = counts.setdefault(name, {})
            of[storable(about)] = of.get(storable(about), 0) + number
    return {TALLIES.name: [{"counts": orjson.dumps(counts, option=orjson.OPT_SORT_KEYS).decode()}]}


def _counted(history: History) -> Iterator[tuple[str, str, int]]:
    """Name, about what, how many: the table of all counters."""
    summary = history.summary
    yield "sessions", "", 1
    yield "messages", "", summary.messages
    yield "questions", "", summary.questions
    yield "source", summary.source, 1  # sessions of it
    for intent in summary.intents:
        yield "intent", intent, 1  # sessions in which it occurs
    for action in summary.actions:
        yield "action", action, 1
    for tag in history.tags:
        yield "tag", tag, 1
    for annotator, far in history.progress.items():
        yield far.status, annotator, 1  # sessions that the annotator has begun, or submitted
        yield "decided", annotator, far.decided  # questions
        yield "corrected", annotator, far.corrected
    for judged in history.steps:
        kind = judged.step.kind
        yield "steps", kind, 1
        yield "verdict", judged.verdict.status, 1  # steps
        yield "pairs", kind, judged.votes.pairs
        yield "agreeing", kind, judged.votes.agreeing
        yield "task", judged.task or "", judged.task is not None
    for annotator, answers in history.submitted.items():
        yield from _of_annotator(history, annotator, answers)


def _of_annotator(
    history: History, annotator: str, given: Mapping[str, Answer]
) -> Iterator[tuple[str, str, int]]:
    """How often they said what the verdict says, by week, and yes to the model, by what they saw of it."""
    review = history.reviews[annotator]
    made = with_messages(history.questions, screening.times(review, history.decided.get(annotator, {})))
    saw = with_messages(history.questions, screening.shown(review))
    for judged in history.steps:
        step, verdict = judged.step, judged.verdict
        said = label(step, given.get(step.id, NO_ANSWER))
        if said is None or step.id not in made:
            continue
        if (judged.votes.count > 1 or verdict.status == "adjudicated") and verdict.status != "disputed":
            year, week, _ = made[step.id].isocalendar()
            about = f"{year}-W{week:02} {annotator}"
            yield "settled", about, 1
            yield "as settled", about, said == label(step, verdict.answer)
        if step.id in saw:
            about = f"{saw[step.id]} {step.kind} {annotator}"
            yield "decided on", about, 1
            yield "accepted", about, said == step.chosen


def add_up(
    connection: Connection, generation: int, sessions: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add to the sums what `rows` say of the sessions, and take off what their rows of now say."""
    there = select(TALLIES.c.counts).where(
        TALLIES.c.generation == generation, TALLIES.c.session.in_(sessions)
    )
    change: Counter[tuple[str, str]] = Counter()
    for counts, sign in (
        *((row["counts"], 1) for row in rows),
        *((text, -1) for text in connection.scalars(there)),
    ):
        for name, numbers in orjson.loads(counts).items():
            for about, number in numbers.items():
                change[name, about] += sign * number
    changed = [
        {"generation": generation, "name": name, "about": about, "value": value}
        for (name, about), value in sorted(change.items())
        if value
    ]
    if changed:
        make = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(COUNTERS)
        added = {"value": COUNTERS.c.value + make.excluded.value}
        connection.execute(make.on_conflict_do_update(index_elements=_KEY, set_=added), changed)
        nothing = delete(COUNTERS).where(COUNTERS.c.generation == generation, COUNTERS.c.value == 0)
        connection.execute(nothing)


_KEY: Final = ["generation", "name", "about"]

MODEL: Final = Model("counters", 5, (TALLIES,), fold, COUNTERS, add_up)
