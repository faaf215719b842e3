"""Disputes in words: what was said of a step, by whom, and what can be decided. Imports no Streamlit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from recorder.dialogue.steps import UNDERSTANDING, Prediction, Step
from recorder.events.session import AgentUttered, BotUttered, UserUttered
from recorder.read_models.judgements import Due
from recorder.review.adjudications import Adjudication
from recorder.review.questions import Question
from recorder.review.reviews import Answer
from recorder.review.verdicts import Task
from recorder.review.verdicts import plain as without_notes
from recorder.services.adjudicating import Case, Vote, answer_of
from review_app.views import count, percent, plain

TASKS: Final[Mapping[Task, str]] = {
    "disputed": "Disputed",
    "reopened": "Reopened",
    "one against": "All but one agree",
}
AGREED: Final = "agreed"
LISTS: Final[Mapping[str, str]] = {**dict(TASKS.items()), AGREED: "All agree"}
"""What the page may list -> its heading."""
NOTHING_TO_DO: Final[Mapping[Task, str]] = {
    "disputed": "No step is disputed.",
    "reopened": "No verdict is contradicted by a later vote.",
    "one against": "There is no step on which all but one agree.",
}
REASONS: Final = {
    "ambiguous": "Ambiguous",
    "guideline gap": "The guidelines do not say",
    "slip": "A slip",
    "edge case": "An edge case",
    "subjective": "A matter of taste",
}
MOST: Final = 9
"""Choices that have a key."""
_LINE: Final = 400
"""Characters of a message that are shown."""


class Choice(NamedTuple):
    """Something that can be decided."""

    answer: Answer
    label: str
    """As Markdown."""


def to_do(counts: Mapping[str, int]) -> str:
    """
    >>> to_do({"disputed": 1003})
    '1,003 disputed, 0 reopened, 0 all but one agree'
    """
    return ", ".join(f"{counts.get(task, 0):,} {name.lower()}" for task, name in TASKS.items())


def due_row(due: Due) -> dict[str, Any]:
    """A row of the list of steps that are to be decided."""
    return {
        "Agreement": percent(due.share),
        "Of": "intent" if due.kind == UNDERSTANDING else "action",
        "Votes": ", ".join(f"{label} {number}" for label, number in due.labels.items()) or "other details",
        "Session": f"{due.session}, step {due.question + 1}",
    }


def heading(case: Case) -> str:
    """What is asked, in Markdown."""
    if case.step.kind == UNDERSTANDING:
        return "What does the message mean?"
    return "What should the bot have done here?"


def state_of(case: Case) -> str:
    """How the votes stand, in Markdown."""
    verdict, votes = case.verdict, len(case.votes)
    if verdict.reopened:
        return (
            "Reopened: a vote that came after the verdict says something else. "
            "The verdict stands until you decide anew."
        )
    if verdict.status == "adjudicated":
        return "Adjudicated."
    if verdict.status == "disputed":
        return f"{count(votes, 'vote')}, and no answer has more than half of them."
    if verdict.status == "majority":
        return f"{votes - verdict.against} of {count(votes, 'vote')} agree."
    return "All agree." if votes else "Nobody voted yet."


def adjudicated(step: Step, adjudication: Adjudication) -> str:
    """What was decided, by whom and why, in Markdown."""
    reason = (
        f", {REASONS.get(adjudication.reason, adjudication.reason).lower()}" if adjudication.reason else ""
    )
    note = f": {plain(adjudication.note)}" if adjudication.note else ""
    return f"**{plain(adjudication.by)}** decided: {said(step, adjudication.answer)}{reason}{note}"


def names(case: Case, *, hidden: bool) -> dict[str, str]:
    """Annotator -> how they are called. Hidden, in an order that is another one at each step."""
    if not hidden:
        return {vote.annotator: vote.annotator for vote in case.votes}
    order = sorted(case.votes, key=lambda vote: _mixed(f"{case.session}\n{case.step.id}\n{vote.annotator}"))
    return {vote.annotator: f"Annotator {chr(65 + place)}" for place, vote in enumerate(order)}


def in_order(case: Case, called: Mapping[str, str]) -> list[Vote]:
    """The votes in the order of how their annotators are called."""
    return sorted(case.votes, key=lambda vote: called[vote.annotator])


def said(step: Step, answer: Answer) -> str:
    """An answer in Markdown.

    >>> from recorder.services.adjudicating import Answer
    >>> said(None, Answer(unsure=True)), said(None, Answer(action="utter_bye"))
    ('nobody can tell', '**utter\\\\_bye**')
    """
    parts = list(_said(step, answer))
    return ", ".join(parts) or "nothing"


def _said(step: Step, answer: Answer) -> Iterator[str]:
    if answer.unsure:
        yield "nobody can tell"
    if answer.removed:
        yield "nothing should have been done"
    for name in answer.inserted:
        yield f"first **{plain(name)}**"
    if answer.confirmed:
        yield f"**{plain(step.chosen or 'as it was')}**, as recorded"
    for corrected in (answer.action, answer.intent):
        if corrected is not None:
            yield f"**{plain(corrected)}**"
    if answer.entities is not None:
        yield "entities " + (_entities(answer.entities) or "none")
    for slot, value in answer.slots:
        yield f"slot {plain(slot)} = {plain(str(value))}"
    if answer.cut:
        yield "nothing from here on is to be used"
    if answer.kept:
        yield "the rest still holds"


def _entities(entities: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{plain(str(e.get('value')))} ({plain(str(e.get('entity')))})" for e in entities)


def choices(case: Case) -> list[Choice]:
    """What can be decided by a key: each answer that was given, most votes first; then the model's best."""
    given: list[tuple[Answer, int]] = []
    for answer in (without_notes(vote.answer) for vote in case.votes):
        if all(answer != known for known, _ in given):
            given.append((answer, sum(without_notes(vote.answer) == answer for vote in case.votes)))
    ranked = sorted(given, key=lambda each: -each[1])
    found = [
        Choice(answer, f"{said(case.step, answer)} · {count(votes, 'vote')}") for answer, votes in ranked
    ]
    known = [choice.answer for choice in found]
    likely = [case.step.chosen, *(name for p in case.step.predictions for name, _ in best(p))]
    for name in dict.fromkeys(filter(None, likely)):
        answer = answer_of(case.step, name)
        if answer not in known:
            known.append(answer)
            found.append(Choice(answer, said(case.step, answer)))
    return found[:MOST]


def more_choices(case: Case) -> list[tuple[str, Choice]]:
    """(key, choice) of what is neither an intent nor an action."""
    found = [("U", Choice(Answer(unsure=True), "Nobody can tell"))]
    if case.step.kind != UNDERSTANDING:
        found.append(("X", Choice(Answer(removed=True), "Nothing should have been done")))
    return found


def best(prediction: Prediction, number: int = 5) -> list[tuple[str, float]]:
    """The likeliest, first the likeliest one."""
    return sorted(prediction.ranking, key=lambda each: -each[1])[:number]


def ranking(prediction: Prediction) -> str:
    """What a model held likely, in Markdown."""
    late = ", asked later" if prediction.late else ""
    told = " · ".join(f"{plain(name)} {percent(sure)}" for name, sure in best(prediction))
    return f"**{plain(prediction.model or 'the model')}**{late}: {told}"


def lines(question: Question, *, until: Step | None = None) -> list[str]:
    """What was said and done at a question, a line each, in Markdown.

    Args:
        until: its step that is asked about: what the bot did there and afterwards is left out.
    """
    found: list[str] = []
    if question.understanding is not None:
        found.append(f"**User:** {_words(question.understanding.recorded.event)}")
        found += [] if until is question.understanding else _bot(question.understanding)
    if question.action is not None and until is None:
        found.append(f"{plain(question.action.chosen or '')}")
        found += _bot(question.action)
    return found


def _bot(step: Step) -> list[str]:
    events = (record.event for record in step.effects)
    return [f"**Bot:** {_words(event)}" for event in events if isinstance(event, BotUttered | AgentUttered)]


def _words(event: object) -> str:
    text = event.text if isinstance(event, UserUttered | BotUttered | AgentUttered) else ""
    words = " ".join((text or "(no words)")[: 2 * _LINE].split())
    return plain(words if len(words) <= _LINE else words[: _LINE - 1] + "…")


def against_row(case: Case, called: Mapping[str, str]) -> dict[str, str]:
    """A row of the steps on which all but one agree."""
    message = case.question.understanding
    event = message.recorded.event if message else None
    text = event.text or "" if isinstance(event, UserUttered) else ""
    lone = [vote for vote in case.votes if without_notes(vote.answer) != case.verdict.answer]
    return {
        "Message": text[:_LINE],
        "Of": "intent" if case.step.kind == UNDERSTANDING else "action",
        "Most say": _bare(said(case.step, case.verdict.answer)),
        "One says": ", ".join(f"{_bare(said(case.step, v.answer))} ({called[v.annotator]})" for v in lone),
        "Session": f"{case.session}, step {case.question.index + 1}",
    }


def _bare(markdown: str) -> str:
    """Markdown of ours as the characters that it shows."""
    return markdown.replace("**", "").replace("\\", "")


def _mixed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
