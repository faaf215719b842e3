"""The questions of a recorded session, asked one after the other."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.steps import cut
from recorder.events.event import Event, Recorded
from recorder.events.review import (
    ActionCorrected,
    ActionInserted,
    ActionRemoved,
    Decision,
    RestKept,
    SessionCut,
    StepConfirmed,
    StepUnsure,
)
from recorder.events.session import ActionExecuted, Restarted, UserUttered
from recorder.review import reviews
from recorder.review.backlog import Backlog
from recorder.review.corrections import courses
from recorder.review.marks import Marks
from recorder.review.questions import ask

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
EPISODE = [UserUttered("hi"), ActionExecuted("utter_greet"), ActionExecuted("action_listen")]
SESSION = [*EPISODE, *EPISODE, Restarted(), *EPISODE, UserUttered("and?")]
QUESTIONS = ask(
    cut([Recorded(e, f"e{i}", "session/s", i, i + 1, NOON, NOON, "bot") for i, e in enumerate(SESSION)])
)
steps = st.sampled_from([question.id for question in QUESTIONS[:-1]])
decisions = st.one_of(
    st.builds(StepConfirmed, steps, st.just(0)),
    st.builds(StepUnsure, steps, st.just(0)),
    st.builds(ActionCorrected, steps, st.just(0), st.just("utter_bye")),
    st.builds(ActionInserted, steps, st.just(0), st.just("utter_bye")),
    st.builds(ActionRemoved, steps, st.just(0)),
    st.builds(SessionCut, steps, st.just(0)),
    st.builds(RestKept, steps, st.just(0)),
)


def record(event: Event, number: int) -> Recorded:
    return Recorded(event, f"d{number}", "review/s/ana", number, number + 1, NOON, NOON, "ana")


def said_of(told: list[Decision]) -> Marks:
    return Marks(record(decision, number) for number, decision in enumerate(told))


@given(st.lists(decisions, max_size=12))
def test_what_is_open_is_what_holds_and_is_not_answered(told: list[Decision]) -> None:
    marks = said_of(told)
    answers = reviews.answers(marks.review.decisions())
    found = courses(QUESTIONS, answers)

    backlog = Backlog(QUESTIONS, marks)

    wanted = [
        question.id
        for question, course in zip(QUESTIONS[:-1], found, strict=False)
        if course == "real" and not answers.get(question.id, reviews.NO_ANSWER).given
    ]
    assert (backlog.open.id if backlog.open else None) == next(iter(wanted), None)
    assert [question.id for question in backlog.rest()] == wanted


@given(st.lists(decisions, min_size=1, max_size=12))
def test_one_that_is_told_of_each_decision_is_as_one_that_reads_them_all(told: list[Decision]) -> None:
    marks = Marks()
    backlog = Backlog(QUESTIONS, marks)
    for number, decision in enumerate(told):
        assert backlog.open is None or backlog.open.action is not None
        marks.take(record(decision, number))
        backlog.look_again(decision.step)

        anew = Backlog(QUESTIONS, said_of(told[: number + 1]))
        assert (backlog.open, backlog.turned) == (anew.open, anew.turned)


def test_a_message_at_the_end_is_no_question_and_history_leads_up_to_one() -> None:
    backlog = Backlog(QUESTIONS, said_of([StepConfirmed(question.id, 0) for question in QUESTIONS[:3]]))

    assert backlog.open is QUESTIONS[3]
    assert [entry.record.id for entry in backlog.history(QUESTIONS[3])] == ["e0", "e1", "e2", "e3", "e4"]
    assert Backlog(QUESTIONS, said_of([StepConfirmed(q.id, 0) for q in QUESTIONS[:-1]])).open is None
