"""What counts of a session, and what the assistant knew at each point."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Slot
from recorder.dialogue.tracker import Tracker, applied, episodes, evolve, replay
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    FollowupAction,
    LoopInterrupted,
    Opaque,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)

LISTEN = ActionExecuted("action_listen")
HELLO, BYE = UserUttered("hello"), UserUttered("bye")
GREET, WRONG = ActionExecuted("utter_greet"), ActionExecuted("utter_wrong")
FORM = ActionExecuted("book_form")

plain = st.sampled_from(
    [
        LISTEN,
        HELLO,
        BYE,
        GREET,
        WRONG,
        FORM,
        BotUttered("hi"),
        SlotSet("city", "Rome"),
        SlotSet("city", "Oslo"),
    ]
)
loops = st.sampled_from(
    [ActiveLoop("book_form"), ActiveLoop(None), ActionExecutionRejected("book_form"), LoopInterrupted(True)]
)
takebacks = st.sampled_from(
    [ActionReverted(), UserUtteranceReverted(), Restarted(), SessionStarted(), AllSlotsReset()]
)
sessions = st.lists(plain | loops | takebacks | st.just(Opaque("stack", {"update": 1})), max_size=40)


def test_an_undone_action_and_what_it_brought_about_are_gone() -> None:
    events = [LISTEN, HELLO, WRONG, BotUttered("oh"), SlotSet("city", "Rome"), ActionReverted(), GREET]

    assert applied(events) == [LISTEN, HELLO, GREET]
    assert replay(events).slots == {}


def test_a_rewind_takes_the_message_and_the_listen_before_it() -> None:
    events = [LISTEN, HELLO, GREET, LISTEN, BYE, WRONG, UserUtteranceReverted(), LISTEN]

    assert applied(events) == [LISTEN, HELLO, GREET, LISTEN]
    assert replay(events).latest_message == HELLO


def test_a_restart_forgets_everything_and_asks_for_a_new_session() -> None:
    tracker = replay([HELLO, SlotSet("city", "Rome"), Restarted()], Domain(slots=(Slot("city"),)))

    assert tracker.slots == {"city": None}
    assert tracker.followup == "action_session_start"
    assert applied([HELLO, Restarted(), BYE]) == [BYE]


def test_resetting_slots_brings_back_initial_values() -> None:
    domain = Domain(slots=(Slot("city", initial_value="Paris"), Slot("day")))

    tracker = replay([SlotSet("city", "Rome"), SlotSet("day", "Monday"), AllSlotsReset()], domain)

    assert tracker.slots == {"city": "Paris", "day": None}


def test_a_form_that_runs_again_without_a_hitch_swallows_the_turn_but_not_what_was_set() -> None:
    started, rome = ActiveLoop("book_form"), SlotSet("city", "Rome")
    events = [HELLO, FORM, started, LISTEN, BYE, rome, FORM, LISTEN, BYE, FORM, ActiveLoop(None)]

    assert applied(events) == [HELLO, FORM, started, rome, ActiveLoop(None)]
    assert applied(events, collapse_loops=False) == events
    assert replay(events).slots == {"city": "Rome"}


def test_a_form_that_was_rejected_keeps_its_turns() -> None:
    rejected = ActionExecutionRejected("book_form")
    events = [HELLO, FORM, ActiveLoop("book_form"), LISTEN, BYE, rejected, GREET, FORM, LISTEN]

    assert applied(events) == events
    assert replay(events[:6]).loop_rejected


def test_another_action_after_the_message_keeps_the_forms_turns() -> None:
    events = [HELLO, FORM, ActiveLoop("book_form"), LISTEN, BYE, GREET, FORM, LISTEN]

    assert applied(events) == events


def test_a_form_begun_anew_after_its_end_is_not_the_same_run() -> None:
    first = [HELLO, FORM, ActiveLoop("book_form"), ActiveLoop(None), LISTEN]

    assert applied([*first, BYE, FORM, ActiveLoop("book_form")]) == [
        *first,
        BYE,
        FORM,
        ActiveLoop("book_form"),
    ]


def test_a_followup_holds_until_an_action_comes() -> None:
    tracker = replay([HELLO, FollowupAction("utter_greet")])

    assert tracker.followup == "utter_greet"
    assert evolve(tracker, GREET).followup is None


def test_an_undo_with_nothing_before_it_is_harmless() -> None:
    assert applied([ActionReverted(), UserUtteranceReverted(), HELLO]) == [HELLO]
    assert replay([UserUtteranceReverted()]) == Tracker.start()


@given(sessions)
def test_the_fold_takes_anything_and_never_changes_an_earlier_state(events: list[Event]) -> None:
    tracker = Tracker.start()
    for event in events:
        before, slots = tracker, dict(tracker.slots)
        tracker = evolve(tracker, event)
        assert before.slots == slots


@given(
    st.lists(plain, max_size=20), st.lists(st.just(BotUttered("x")) | st.just(SlotSet("a", 1)), max_size=4)
)
def test_an_action_and_its_undo_amount_to_nothing(events: list[Event], effects: list[Event]) -> None:
    undone = [*events, WRONG, *effects, ActionReverted()]

    assert applied(undone) == applied(events)
    assert replay(undone) == replay(events)


@given(
    st.lists(plain, max_size=20), st.lists(plain.filter(lambda e: not isinstance(e, UserUttered)), max_size=5)
)
def test_a_message_and_its_rewind_amount_to_nothing(events: list[Event], answers: list[Event]) -> None:
    rewound = [*events, LISTEN, BYE, *answers, UserUtteranceReverted()]

    assert applied(rewound) == applied(events)
    assert replay(rewound) == replay(events)


@given(sessions)
def test_what_counts_is_part_of_what_happened_in_the_same_order(events: list[Event]) -> None:
    numbered = list(enumerate(events))

    kept = [number for number, _ in applied(numbered, event_of=lambda item: item[1])]

    assert kept == sorted(set(kept))


@given(sessions)
def test_folding_what_counts_again_changes_nothing_where_no_form_is_folded(events: list[Event]) -> None:
    kept = applied(events, collapse_loops=False)

    assert applied(kept, collapse_loops=False) == kept


@given(sessions)
def test_the_slots_of_what_counts_are_the_slots_of_what_happened(events: list[Event]) -> None:
    whole = replay(applied(events, collapse_loops=False))

    assert whole.slots == replay(events).slots
    assert whole.latest_action == replay(events).latest_action


@given(sessions)
def test_episodes_hold_every_event_once(events: list[Event]) -> None:
    parts = episodes(events)

    assert [event for part in parts for event in part] == events
    assert all(not isinstance(event, Restarted | SessionStarted) for part in parts for event in part[1:])


def _slowly(events: list[Event]) -> list[Event]:
    """The same rules looked up anew at every event: how Rasa tells them, at quadratic cost."""
    names = {event.name for event in events if isinstance(event, ActiveLoop) and event.name}
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Restarted | SessionStarted):
            kept = []
        elif isinstance(event, ActionReverted):
            kept = _until(kept, ActionExecuted)
        elif isinstance(event, UserUtteranceReverted):
            kept = _until(_until(kept, UserUttered), ActionExecuted)
        elif isinstance(event, ActionExecuted) and event.name in names and _happy(kept, event.name):
            last = max(
                i for i, e in enumerate(kept) if isinstance(e, ActionExecuted) and e.name == event.name
            )
            kept = kept[: last + 1] + [
                e for e in kept[last:] if not isinstance(e, ActionExecuted | UserUttered)
            ]
        else:
            kept = [*kept, event]
    return kept


def _until(kept: list[Event], kind: type[Event]) -> list[Event]:
    return kept[: max((i for i, event in enumerate(kept) if isinstance(event, kind)), default=0)]


def _happy(kept: list[Event], loop: str) -> bool:
    following: str | None = None
    for event in reversed(kept):
        if event == ActiveLoop(None) or event == ActionExecutionRejected(loop):
            return False
        if isinstance(event, UserUttered) and following not in (None, loop):
            return False
        if isinstance(event, ActionExecuted):
            if event.name == loop:
                return True
            following = event.name
    return False


@given(sessions)
def test_the_fold_follows_the_rules_that_look_back_over_everything(events: list[Event]) -> None:
    assert applied(events) == _slowly(events)
