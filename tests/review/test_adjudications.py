"""Adjudications folded from their stream, and answers as decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import InvalidDecision
from recorder.events.adjudication import AdjudicationWithdrawn, StepAdjudicated
from recorder.events.event import adjudication_stream
from recorder.review.adjudications import Adjudications, check, replay, told
from recorder.review.reviews import Answer
from recorder.store.memory import MemoryLog

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)
CHOICES = st.one_of(
    st.builds(Answer, confirmed=st.just(True)),
    st.builds(Answer, removed=st.just(True)),
    st.builds(Answer, unsure=st.just(True)),
    st.builds(Answer, action=NAMES),
    st.builds(Answer, intent=NAMES),
    st.builds(
        Answer,
        intent=st.none() | NAMES,
        entities=st.lists(
            st.fixed_dictionaries({"entity": NAMES, "value": NAMES, "start": st.integers(0, 9)}), max_size=2
        ).map(tuple),
        slots=st.dictionaries(NAMES, st.none() | st.integers(0, 9) | NAMES, max_size=2).map(
            lambda found: tuple(found.items())
        ),
    ),
    st.builds(Answer, action=NAMES, inserted=st.lists(NAMES, max_size=2).map(tuple), kept=st.booleans()),
    st.builds(Answer, action=NAMES, cut=st.just(True)),
)


def folded(*events: StepAdjudicated | AdjudicationWithdrawn) -> Adjudications:
    log = MemoryLog()
    return replay(log.append(adjudication_stream("s"), events, actor="zoe"))


def test_the_latest_adjudication_of_a_step_counts_until_it_is_withdrawn() -> None:
    first = StepAdjudicated("a", ({"type": "action_corrected", "action": "x"},), "slip")
    second = StepAdjudicated("a", ({"type": "step_confirmed"},), "ambiguous", "both fit", {"ana": "1"})

    found = folded(first, second).standing["a"]

    assert (found.answer, found.reason, found.note, found.by) == (
        Answer(confirmed=True),
        "ambiguous",
        "both fit",
        "zoe",
    )
    assert found.seen == {"ana": "1"}
    assert folded(first, AdjudicationWithdrawn("a")).standing == {}
    assert folded(first, AdjudicationWithdrawn("a")).versions["a"] == 2


@given(CHOICES)
def test_an_answer_comes_back_from_the_log_as_it_was(answer: Answer) -> None:
    assert folded(StepAdjudicated("a", told(answer), "slip")).standing["a"].answer == answer


def test_what_a_newer_program_wrote_is_left_out_and_nothing_else() -> None:
    event = StepAdjudicated("a", ({"type": "step_praised"}, {"type": "step_confirmed"}), "slip")

    assert folded(event).standing["a"].answer == Answer(confirmed=True)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(), ""),
        (Answer(skipped=True), ""),
        (Answer(note="odd"), ""),
        (Answer(action=" "), ""),
        (Answer(intent="x" * 501), ""),
        (Answer(action="x", inserted=("",)), ""),
        (Answer(confirmed=True), "because"),
    ],
)
def test_a_verdict_says_what_is_right_and_its_reason_is_a_known_one(answer: Answer, reason: str) -> None:
    with pytest.raises(InvalidDecision):
        check(answer, reason)
