"""What a read model is: tables, and a pure fold that says what they hold of one session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table

from recorder.dialogue.steps import Step
from recorder.events.event import Recorded, session_stream
from recorder.review.adjudications import Adjudications
from recorder.review.comments import Comments
from recorder.review.questions import Question, spell_out
from recorder.review.reviews import Answer, Review, answers
from recorder.review.summary import Progress, Summary, progress, summarise
from recorder.review.verdicts import LEAST_AGREEING, UNREVIEWED, Verdict, agreed_by, settle
from recorder.review.votes import Votes, votes

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table -> its rows of one session, without generation and session."""


@dataclass(frozen=True, slots=True)
class JudgedStep:
    """A step, and what the submitted reviews and the adjudicators say of it."""

    step: Step
    question: int
    """Place of its question among the session's, from 0."""
    verdict: Verdict
    votes: Votes

    @property
    def task(self) -> str | None:
        """What an adjudicator has to do here (`Task`), or may confirm (`agreed_by`)."""
        if self.verdict.status == "agreed" and self.votes.count >= LEAST_AGREEING:
            return agreed_by(self.votes.count)
        return self.verdict.task


@dataclass(frozen=True)
class History:
    """One session with its reviews, as the log has them. What several folds need is worked out once."""

    session: str
    """Its id."""
    records: Sequence[Recorded]
    """Its stream, whole; never empty."""
    questions: Sequence[Question]
    reviews: Mapping[str, Review]
    """Annotator -> review, by name."""
    decided: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    """Annotator -> id of each event of the review -> when the log took it."""
    adjudications: Adjudications = field(default_factory=Adjudications)
    tags: tuple[str, ...] = ()
    comments: Comments = field(default_factory=Comments)

    @cached_property
    def summary(self) -> Summary:
        return summarise(self.records, self.questions)

    @cached_property
    def progress(self) -> dict[str, Progress]:
        """Annotator -> how far."""
        return {name: progress(review, self.questions) for name, review in self.reviews.items()}

    @cached_property
    def submitted(self) -> dict[str, dict[str, Answer]]:
        """Annotator -> the answers of the review, spelled out, where it is submitted; by name."""
        return {
            name: spell_out(self.questions, answers(review.decisions()))
            for name, review in self.reviews.items()
            if review.submitted
        }

    @cached_property
    def steps(self) -> list[JudgedStep]:
        """All steps, in order."""
        verdicts = settle(self.submitted, self.adjudications.standing)
        given = self.submitted.values()
        return [
            JudgedStep(step, question.index, verdicts.get(step.id, UNREVIEWED), votes(step, given))
            for question in self.questions
            for step in (question.understanding, question.action)
            if step is not None
        ]


@dataclass(frozen=True, slots=True)
class Model:
    """Raise `edition` when the fold changes: a new generation is built then, and takes over."""

    name: str
    edition: int
    tables: tuple[Table, ...]
    """Each with `generation` and `session`."""
    fold: Callable[[History], Rows]
    sums: Table | None = None
    """Of all sessions, by generation."""
    add_up: Callable[[Connection, int, Sequence[str], Sequence[Mapping[str, Any]]], None] | None = None
    """Keeps the sums: called with generation, sessions and their new rows of the (only) table, while the
    rows that they replace are still there."""


def key_of(session: str) -> str:
    """How the tables name a session: as its stream does, because not every database takes every id."""
    return session_stream(session).split("/", 1)[1]


def storable(text: str) -> str:
    """The text as the tables keep it, and as it must be asked for."""
    return text.replace("\0", " ")  # not every database takes a NUL, and LIKE stops at one
