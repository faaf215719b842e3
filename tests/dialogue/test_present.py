"""The present of a session, folded on in parts, is that of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue import present
from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.present import Present, follow
from recorder.dialogue.tracker import Tracker, replay, shortened
from recorder.events.event import Event, NewEvent
from recorder.events.session import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from recorder.learning.features import History, history

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
DOMAIN = Domain(slots=(Slot("city"),), actions=("utter_a", "utter_b"))


def turn(intent: str, action: str) -> list[Event]:
    parsed = {"intent": {"name": intent}}
    said = BotUttered(action, metadata={"utter_action": action})
    return [
        UserUttered(intent, parsed),
        SlotSet("city", intent),
        ActionExecuted(action),
        said,
        ActionExecuted("action_listen"),
    ]


UNDONE: list[list[Event]] = [
    [UserUtteranceReverted()],
    [ActionReverted()],
    [UserUtteranceReverted()] * 9,
    [Restarted()],
]
TURN = st.builds(turn, st.sampled_from("xyz"), st.sampled_from(["utter_a", "utter_b"]))
TURNS = st.one_of(TURN, TURN, st.sampled_from(UNDONE))
SESSIONS = st.lists(TURNS, max_size=60).map(lambda turns: [event for turn in turns for event in turn])


@pytest.fixture(autouse=True, scope="module")
def short_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(present, "KEPT", 80)
        patch.setattr(present, "ENOUGH", 60)
        yield


def at_noon(events: Sequence[Event]) -> list[NewEvent]:
    return [NewEvent(event, str(number), NOON) for number, event in enumerate(events)]


def whole(events: Sequence[Event]) -> Present:
    found = follow(Present.start(DOMAIN), at_noon(events))
    assert found is not None
    return found


def seen(tracker: Tracker) -> tuple[Tracker, History]:
    """What there is to be seen of it: the state, and what models look back on."""
    return tracker, history(tracker, DOMAIN, 12)


@given(SESSIONS, st.lists(st.integers(1, 30), min_size=80, max_size=80))
def test_in_parts_it_is_as_in_one_or_the_log_is_asked(events: list[Event], sizes: list[int]) -> None:
    now, place = Present.start(DOMAIN), 0
    for size in sizes:
        part = at_noon(events)[place : place + size]
        place += size
        now = follow(now, part) or whole(events[:place])
        known = replay(events[:place], DOMAIN)

        assert seen(now.tracker) == seen(known)
        assert now.version == len(events[:place])
        assert now.latest == (NOON if events[:place] else None)
        assert sum(now.said.values()) == sum(isinstance(event, BotUttered) for event in events[:place])
        assert sum(1 for _ in now.tracker.backwards()) <= 2 * 80 + 30


def test_only_an_undo_that_reaches_further_back_than_what_is_kept_asks_for_the_log() -> None:
    now = whole([event for _ in range(100) for event in turn("x", "utter_a")])
    assert now.is_cut

    once = follow(now, at_noon([UserUtteranceReverted()]))

    assert once is not None
    assert follow(now, at_noon([UserUtteranceReverted()] * 20)) is None
    assert follow(now, at_noon([Restarted(), *turn("y", "utter_b"), UserUtteranceReverted()])) is not None


def test_a_shortened_tracker_is_the_same_state_with_less_behind_it() -> None:
    long = replay([event for number in range(9) for event in turn(str(number), "utter_a")], DOMAIN)

    short = shortened(long, 10)

    assert short == long
    assert [state.event for state in short.backwards()] == [state.event for state in long.backwards()][:11]
    assert shortened(short, 10) is short
