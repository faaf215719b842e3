"""What the page of disputes holds between two looks: which step is shown, what is chosen, what happened."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from recorder.errors import RecorderError
from recorder.read_models.judgements import Due, Place
from recorder.review.comments import Comment
from recorder.review.reviews import Answer
from recorder.review.verdicts import Task
from recorder.services import adjudicating, batching, opening, remarking
from recorder.services.adjudicating import Case, Docket
from review_app import state

_TRAIL: Final = "disputes-trail"
_TOLD: Final = "disputes-told"
_KEPT: Final = 200
"""Steps that can be gone back to."""


def key(case: Case, what: str) -> str:
    """Of a widget that belongs to one step as it is: a press that comes late is not one on the next step."""
    return f"{what}-{case.mark}-{case.step.id}"


def sessions(batch: str) -> list[str] | None:
    """Those of a batch; None: all there are. Raises UnknownBatch."""
    return batching.sessions_of(state.board(), batch) if batch else None


def docket(task: Task, batch: str, *, after: Place | None = None) -> Docket:
    """Raises NotAllowed, UnknownBatch."""
    return adjudicating.docket(
        state.sessions().judgements, state.desk(), task, state.person(), after=after, sessions=sessions(batch)
    )


def open_case(session: str, step: str) -> Case:
    """Raises NotAllowed, UnknownSession, UnknownStep, InvalidDecision."""
    return adjudicating.open_case(state.desk(), session, step, state.person())


def comments(case: Case) -> list[Comment]:
    """What people said to each other at the question. Raises NotAllowed."""
    return remarking.comments_on(state.board(), case.session, case.question.steps, state.person())


def shown() -> tuple[str, str] | None:
    """Session and step that the address names."""
    session, step = st.query_params.get("session", ""), st.query_params.get("step", "")
    return (session, step) if session and step else None


def show(session: str, step: str) -> None:
    st.query_params["session"], st.query_params["step"] = session, step


def show_first() -> None:
    """Whatever comes first in the list."""
    for name in ("session", "step"):
        if name in st.query_params:
            del st.query_params[name]


def chosen(case: Case) -> Answer | None:
    found: Answer | None = state.recall(key(case, "chosen"))
    return found


def choose(case: Case, answer: Answer) -> None:
    state.remember(key(case, "chosen"), answer)


def choose_other(case: Case) -> None:
    """The name that was typed or picked."""
    if name := state.recall(key(case, "other")):
        choose(case, adjudicating.answer_of(case.step, str(name)))


def next_one(case: Case, task: Task, batch: str, place: Place | None) -> None:
    """What follows in the list; after the last one, the first again."""
    trail = [each for each in _trail() if each != (case.session, case.step.id)]
    state.remember(_TRAIL, [*trail, (case.session, case.step.id)][-_KEPT:])
    following = docket(task, batch, after=place).due
    if following:
        show(following[0].session, following[0].step)
    else:
        show_first()


def back() -> None:
    """The step that was shown before."""
    trail = _trail()
    if trail:
        show(*trail[-1])
        state.remember(_TRAIL, trail[:-1])


def can_go_back() -> bool:
    return bool(_trail())


def decide(case: Case, task: Task, batch: str, place: Place | None) -> None:
    """What is chosen, with its reason and note; then on to the next one."""
    answer = chosen(case)
    if answer is None:
        _tell("Choose first what is right.")
        return
    reason = state.recall(key(case, "reason")) or ""
    note = state.recall(key(case, "note")) or ""
    try:
        adjudicating.adjudicate(
            state.desk(),
            case.session,
            case.step.id,
            answer,
            state.person(),
            reason=reason,
            note=note,
            mark=case.mark,
            command=_command(case, answer, reason, note),
        )
    except RecorderError as error:
        _tell(str(error))
        return
    next_one(case, task, batch, place)


def withdraw(case: Case) -> None:
    try:
        adjudicating.withdraw(
            state.desk(),
            case.session,
            case.step.id,
            state.person(),
            mark=case.mark,
            command=_command(case, "withdrawn"),
        )
    except RecorderError as error:
        _tell(str(error))


def decide_all(cases: Sequence[Case], numbers: Sequence[int]) -> None:
    """As most say, at those of the steps that are chosen."""
    some = [case for number, case in enumerate(cases) if number in numbers]
    marks = [case.mark for case in some]
    try:
        refused = adjudicating.adjudicate_all(
            state.desk(),
            some,
            state.person(),
            reason=state.recall("bulk-reason") or "",
            command=_hashed(state.person().name, *marks),
        )
    except RecorderError as error:
        _tell(str(error))
        return
    for each in refused:
        _tell(f"{each.session}: {each.reason}")


def add_to_guidelines(case: Case, batch: str) -> None:
    text = (state.recall(key(case, f"guideline-{batch}")) or "").strip()
    if not text:
        _tell("Write first what to add.")
        return
    try:
        version = opening.add_to_guidelines(state.board(), state.person(), batch, text)
    except RecorderError as error:
        _tell(str(error))
        return
    _tell(f"The guidelines of {batch} are at version {version}.", is_good=True)


def told() -> list[tuple[str, bool]]:
    """(what was refused or done, whether it is good) since the last look; each is told once."""
    found: list[tuple[str, bool]] = state.recall(_TOLD) or []
    state.remember(_TOLD, [])
    return found


def place_of(due: Sequence[Due], case: Case) -> Place | None:
    """Where the step stands in the list; None: it is not there any more, or on another page."""
    return next((e.place for e in due if (e.session, e.step) == (case.session, case.step.id)), None)


def _tell(what: str, *, is_good: bool = False) -> None:
    state.remember(_TOLD, [*(state.recall(_TOLD) or []), (what, is_good)])


def _trail() -> list[tuple[str, str]]:
    return list(state.recall(_TRAIL) or [])


def _command(case: Case, *said: Any) -> str:
    """The browser may tell of one press several times, which is one command all the same."""
    return _hashed(case.session, case.step.id, case.mark, state.person().name, *map(repr, said))


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
