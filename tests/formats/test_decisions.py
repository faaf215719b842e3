"""Decisions as screens send them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import InvalidDecision
from recorder.events.event import Event
from recorder.events.review import (
    ActionCorrected,
    DecisionUndone,
    EntitiesCorrected,
    RestConfirmed,
    ReviewReopened,
    ReviewSubmitted,
    SlotCorrected,
    StepConfirmed,
    StepFlagged,
    StepNoted,
)
from recorder.formats.decisions import from_json, to_json

CITY = {"entity": "city", "value": "Rome", "start": 0, "end": 4}


@pytest.mark.parametrize(
    "event",
    [
        StepConfirmed("a", 0),
        RestConfirmed("a", 2, ("a", "b")),
        ActionCorrected("a", 1, "x"),
        EntitiesCorrected("a", 0, (CITY, {**CITY, "role": "to", "group": "1"})),
        SlotCorrected("a", 0, "s", {"any": [1, None]}),
        StepNoted("a", 0, "<script>"),
        StepFlagged("a", 0, "bug"),
        DecisionUndone("d1"),
        ReviewSubmitted(12),
        ReviewReopened(),
    ],
)
def test_a_decision_comes_back_as_it_was_sent(event: Event) -> None:
    sent = to_json("d1", event)
    sent = {key: list(value) if isinstance(value, tuple) else value for key, value in sent.items()}

    assert from_json({**sent, "at": "ignored"}) == ("d1", event)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"id": "d", "type": "nothing"},
        {"id": "d", "type": "user", "text": "hi"},
        {"id": "", "type": "review_reopened"},
        {"id": "x" * 65, "type": "review_reopened"},
        {"id": "d", "type": "step_confirmed", "step": "a"},
        {"id": "d", "type": "step_confirmed", "step": "a", "made_on": -1},
        {"id": "d", "type": "step_confirmed", "step": "a", "made_on": True},
        {"id": "d", "type": "step_confirmed", "step": ["a"], "made_on": 0},
        {"id": "d", "type": "step_noted", "step": "a", "made_on": 0, "text": "x" * 20_001},
        {"id": "d", "type": "rest_confirmed", "step": "a", "made_on": 0, "steps": "abc"},
        {"id": "d", "type": "entities_corrected", "step": "a", "made_on": 0, "entities": [{"entity": "x"}]},
        {
            "id": "d",
            "type": "entities_corrected",
            "step": "a",
            "made_on": 0,
            "entities": [{**CITY, "end": 0}],
        },
        {
            "id": "d",
            "type": "entities_corrected",
            "step": "a",
            "made_on": 0,
            "entities": [{**CITY, "entity": " "}],
        },
    ],
)
def test_what_is_no_decision_is_refused_in_words(sent: Any) -> None:
    with pytest.raises(InvalidDecision):
        from_json(sent)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(["step_confirmed", "rest_confirmed", "entities_corrected", "slot_corrected", "x"])


@given(
    st.dictionaries(st.sampled_from(["id", "step", "made_on", "steps", "entities", "name", "value"]), json),
    kinds,
)
def test_anything_sent_is_either_taken_or_refused(sent: dict[str, Any], kind: str) -> None:
    with contextlib.suppress(InvalidDecision):
        from_json({**sent, "type": kind})
