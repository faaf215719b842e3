"""Our own JSON lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import NotationError
from recorder.events.event import Event, NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import ActionExecuted, BotUttered, Opaque, SessionRecorded, SlotSet, UserUttered
from recorder.formats import jsonl

NOON = datetime(2025, 3, 1, 12, 0, 0, 250, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
jsons = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts, st.lists)
rankings = st.lists(st.tuples(texts, st.floats(0, 1))).map(tuple)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        UserUttered, st.none() | texts, st.dictionaries(texts, jsons), extra=st.dictionaries(texts, jsons)
    ),
    st.builds(BotUttered, texts, st.dictionaries(texts, jsons)),
    st.builds(ActionExecuted, texts, st.none() | texts, st.none() | st.floats(0, 1)),
    st.builds(SlotSet, texts, jsons),
    st.builds(Opaque, texts, st.dictionaries(texts, jsons)),
    st.builds(SessionRecorded, texts),
    st.builds(IntentRanked, texts, texts, rankings),
    st.builds(ActionRanked, texts, texts, rankings, st.none() | texts, st.booleans()),
)


@given(events, texts.filter(bool), names.filter(bool), names)
def test_a_line_says_all_that_was_recorded(event: Event, session: str, event_id: str, actor: str) -> None:
    recorded = Recorded(event, event_id, session_stream(session), 0, 1, NOON, NOON, actor)

    line = jsonl.render(recorded)

    assert "\n" not in line
    assert jsonl.parse(line) == (session, NewEvent(event, event_id, NOON), actor)


def line(**changes: Any) -> bytes:
    data = {"session": "s", "id": "e1", "type": "user", "payload": {"text": "hi"}, **changes}
    return orjson.dumps(data)


def test_actor_and_time_may_be_missing() -> None:
    assert jsonl.parse(line()) == ("s", NewEvent(UserUttered("hi"), "e1", None), "")


def test_a_kind_that_is_not_known_is_kept() -> None:
    assert jsonl.parse(line(type="tomorrow", payload={"a": 1})).event.event == Opaque("tomorrow", {"a": 1})


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[]",
        b'{"session": "s"}',
        b"\xff\xfe",
        line(session=5),
        line(id=""),
        line(payload=[]),
        line(payload={}),
        line(payload={"text": 5}),
        line(payload={"text": "hi", "parse_data": "x"}),
        line(payload={"text": "hi", "colour": "red"}),
        line(type="action_ranked", payload={"about": "a", "model": "m", "ranking": 5}),
        line(type="action_ranked", payload={"about": "a", "model": "m", "ranking": [["x"]]}),
        line(type="review_submitted", payload={"session_version": 1}),
        line(occurred_at="yesterday"),
        line(occurred_at=5),
    ],
)
def test_what_is_no_such_line_is_refused_with_a_reason(bad: bytes) -> None:
    with pytest.raises(NotationError, match=r"\w"):
        jsonl.parse(bad)
