"""A session gone on with in another one: what came before a step is copied, put right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recorder.dialogue import turns
from recorder.dialogue.domain import ACTION_SESSION_START
from recorder.dialogue.steps import UNDERSTANDING, Step
from recorder.errors import VersionConflict
from recorder.events.event import changed, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.review import (
    ActionInserted,
    ActionRemoved,
    Decision,
    RestKept,
    SessionCut,
    StepConfirmed,
)
from recorder.events.session import (
    ActionExecuted,
    SessionEvent,
    SessionRecorded,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from recorder.review.corrections import as_answered, refilled
from recorder.review.reviews import Answer
from recorder.store.log import EventLog
from recorder.teaching.notebook import Notebook
from recorder.teaching.writing import Writing

_OF_THE_OLD_COURSE = ActionInserted | ActionRemoved | SessionCut | RestKept
"""Decisions that say how the recorded session should have gone; in the copy it went so."""


def fork(notebook: Notebook, steps: Sequence[Step], until: str, source: str) -> Notebook:
    """The notebook of a new session that holds the events of one episode before the step `until`.

    Args:
        steps: all of the session.
        source: how the new session came into the log.

    Raises: LogError.
    """
    at = next(i for i, step in enumerate(steps) if step.id == until)
    before = [step for step in steps[:at] if step.episode == steps[at].episode]
    lead = (before or [steps[at]])[0].lead
    while True:
        name = _free_name(notebook.log, notebook.session)
        new = Notebook(notebook.log, notebook.domain, name, notebook.annotator, notebook.clock, notebook.ids)
        writing = Writing(new, {})
        origin = SessionRecorded(source, f"{notebook.session}@{notebook.present.version}")
        writing.add(origin, turns.by_default(ACTION_SESSION_START), SessionStarted())
        writing.add(*(record.event for record in lead))
        for step in before:
            _copy(notebook, writing, step)
        facts = {"copied": len(writing.events), "decided": writing.decided}
        writing.events[0] = replace(writing.events[0], event=changed(origin, metadata=facts))
        try:
            writing.commit()
        except VersionConflict:  # somebody else took the name
            continue
        return Notebook(notebook.log, notebook.domain, name, notebook.annotator, notebook.clock, notebook.ids)


def _free_name(log: EventLog, session: str) -> str:
    stem = re.sub(r"~\d+$", "", session)
    number = 2
    while log.version(session_stream(f"{stem}~{number}")):
        number += 1
    return f"{stem}~{number}"


def _copy(notebook: Notebook, writing: Writing, step: Step) -> None:
    answer = notebook.marks.answer(step.id)
    decisions = [d for d in notebook.marks.said(step.id) if not isinstance(d, _OF_THE_OLD_COURSE)]
    told = notebook.live.predictions.get(step.id, ())
    if step.kind == UNDERSTANDING:
        _copy_message(notebook, writing, step, answer, told, decisions)
    else:
        _copy_action(writing, step, answer, told, decisions)
    writing.add(*(SlotSet(name, value) for name, value in answer.slots))


def _copy_message(
    notebook: Notebook,
    writing: Writing,
    step: Step,
    answer: Answer,
    told: Sequence[IntentRanked | ActionRanked],
    decisions: Sequence[Decision],
) -> None:
    message = _event(step)
    effects = [record.event for record in step.effects]
    if answer.corrected and isinstance(message, UserUttered):
        message = as_answered(message, answer)
        effects = refilled(effects, message, writing.tracker, notebook.domain)
    writing.step(message, told, decisions, effects)


def _copy_action(
    writing: Writing,
    step: Step,
    answer: Answer,
    told: Sequence[IntentRanked | ActionRanked],
    decisions: Sequence[Decision],
) -> None:
    for name in answer.inserted:
        writing.step(ActionExecuted(name), (), [StepConfirmed("", 0)])
    if answer.removed:
        return
    if answer.action in (None, step.chosen):
        writing.step(_event(step), told, decisions, [record.event for record in step.effects])
    else:
        writing.step(ActionExecuted(answer.action), told, decisions)


def _event(step: Step) -> SessionEvent:
    event = step.recorded.event
    if not isinstance(event, SessionEvent):  # steps are made of nothing else
        raise TypeError(f"{step.id} is not part of a session")
    return event
