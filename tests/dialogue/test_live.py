"""What counts of an episode, kept up to date one by one."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.live import Live, common
from recorder.dialogue.tracker import applied, episodes
from recorder.events.event import Event, Recorded
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    BotUttered,
    Restarted,
    SessionEvent,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
ordinary = st.sampled_from(
    [
        UserUttered("hi"),
        ActionExecuted("action_listen"),
        ActionExecuted("utter_greet"),
        BotUttered("Hello."),
        SlotSet("city", "Rome"),
        ActionExecutionRejected("utter_greet"),
    ]
)
events = st.lists(
    ordinary | st.sampled_from([ActionReverted(), UserUtteranceReverted(), Restarted(), SessionStarted()]),
    max_size=30,
)


def record(event: Event, number: int) -> Recorded:
    return Recorded(event, f"e{number}", "session/s", number, number + 1, NOON, NOON, "bot")


def followed(told: list[SessionEvent]) -> Live:
    live = Live()
    for number, event in enumerate(told):
        live.take(record(event, number))
    return live


@given(events)
def test_it_holds_what_a_fold_of_the_whole_leaves(told: list[SessionEvent]) -> None:
    part = episodes(told)[-1:]

    wanted = applied(part[0], collapse_loops=False) if part else []

    assert [entry.event for entry in followed(told).entries] == wanted


@given(events, st.data())
def test_the_way_back_leads_to_the_place_or_before_it(told: list[SessionEvent], data: st.DataObject) -> None:
    live = followed(told)
    before = list(live.entries)
    to = data.draw(st.integers(0, len(before)))

    reverts, end = live.way_back(to)
    live.mark()
    for number, event in enumerate(reverts):
        live.take(record(event, 100 + number))

    assert end <= to
    assert live.entries == before[:end]
    assert live.change() == (end, tuple(before[end:]), ())


@given(events, st.lists(ordinary, max_size=5))
def test_a_change_is_what_came_and_what_went(told: list[SessionEvent], more: list[SessionEvent]) -> None:
    live = followed(told)
    before = list(live.entries)
    live.mark()
    for number, event in enumerate([ActionReverted(), *more]):
        live.take(record(event, 100 + number))

    change = live.change()

    assert before[: change.at] + list(change.before) == before
    assert before[: change.at] + list(change.after) == live.entries
    assert common(before, live.entries) == change.at
