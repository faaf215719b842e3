"""Forms: how they begin, have answers checked, ask, decline and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue import forms
from recorder.dialogue.domain import ACTION_EXTRACT_SLOTS, Domain, Form, Slot
from recorder.dialogue.tracker import Tracker, evolve_all, replay
from recorder.errors import ActionRejected
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)

DOMAIN = Domain(slots=(Slot("city"), Slot("day"), Slot("mood")), forms=(Form("trip", ("city", "day")),))
LISTEN = ActionExecuted("action_listen")
HEARD = [LISTEN, UserUttered("words")]
ASKED_CITY = [ActiveLoop("trip"), SlotSet("requested_slot", "city")]

Answer = Callable[[Sequence[Event]], list[Event]] | Sequence[Event]


class Code:
    """What the form may run; it remembers what was run after which events."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.ran: list[tuple[str, list[Event]]] = []

    def __call__(self, name: str, events: Sequence[Event]) -> list[Event] | None:
        self.ran.append((name, [*events]))
        if (answer := self.answers.get(name)) is None:
            return None
        return answer(events) if callable(answer) else [*answer]

    def checked(self) -> list[SlotSet]:
        """What the validation was given to check: the slot events at the end."""
        events = next(events for name, events in self.ran if name == "validate_trip")
        start = max(i for i, event in enumerate(events) if event == ActionExecuted("trip"))
        return [event for event in events[start:] if isinstance(event, SlotSet)]


def run(events: Sequence[Event], code: Code | None = None) -> list[Event]:
    return forms.run(DOMAIN, replay(events, DOMAIN), "trip", code or Code())


def test_a_form_begins_and_asks_for_its_first_slot() -> None:
    code = Code(utter_ask_city=[BotUttered("Where?")])

    assert run(HEARD, code) == [ActiveLoop("trip"), SlotSet("requested_slot", "city"), BotUttered("Where?")]


@pytest.mark.parametrize("known", [1, 2, 3, 4])
def test_the_most_special_question_is_asked(known: int) -> None:
    names = ["action_ask_trip_city", "utter_ask_trip_city", "action_ask_city", "utter_ask_city"][-known:]
    code = Code(**{name: [BotUttered(name)] for name in names})

    assert run(HEARD, code)[-1] == BotUttered(names[0])


def test_the_message_that_starts_a_form_fills_what_only_the_form_wants() -> None:
    code = Code(action_extract_slots=[SlotSet("city", "Rome")])

    assert run(HEARD, code) == [
        ActiveLoop("trip"),
        SlotSet("city", "Rome"),
        SlotSet("requested_slot", "day"),
    ]
    assert code.ran[0] == (ACTION_EXTRACT_SLOTS, [ActiveLoop("trip")])


def test_what_was_known_before_is_checked_when_the_form_begins() -> None:
    code = Code(validate_trip=[SlotSet("city", None), BotUttered("We do not go there.")])

    events = run([SlotSet("city", "Oz"), SlotSet("mood", "good"), *HEARD], code)

    assert code.checked() == [SlotSet("city", "Oz")]
    assert events == [
        ActiveLoop("trip"),
        SlotSet("city", None),
        BotUttered("We do not go there."),
        SlotSet("requested_slot", "city"),
    ]


def test_an_answer_is_checked_and_what_the_check_does_not_name_stays() -> None:
    code = Code(validate_trip=[SlotSet("day", "2025-03-03")])

    events = run([*ASKED_CITY, *HEARD, SlotSet("city", "Rome"), SlotSet("day", "Monday")], code)

    assert code.checked() == [SlotSet("city", "Rome"), SlotSet("day", "Monday")]
    assert events == [SlotSet("day", "2025-03-03"), SlotSet("requested_slot", None), ActiveLoop(None)]


def test_a_check_sees_the_slot_that_this_form_asked_for_and_not_another_ones() -> None:
    code = Code(validate_trip=[])

    run([ActiveLoop("hotel"), SlotSet("requested_slot", "stars"), *HEARD], code)

    _, events = next(each for each in code.ran if each[0] == "validate_trip")
    assert replay(events).slots["requested_slot"] is None


def test_a_form_declines_a_message_that_says_nothing_to_it() -> None:
    with pytest.raises(ActionRejected):
        run([*ASKED_CITY, *HEARD, SlotSet("mood", "good")])


def test_a_form_does_not_decline_what_its_check_makes_something_of() -> None:
    code = Code(validate_trip=[SlotSet("mood", "bad")])

    assert run([*ASKED_CITY, *HEARD], code) == [SlotSet("mood", "bad"), SlotSet("requested_slot", "city")]


def test_a_check_may_decline_by_itself() -> None:
    code = Code(validate_trip=[ActionExecutionRejected("trip")])

    assert run([*ASKED_CITY, *HEARD], code) == [ActionExecutionRejected("trip")]


def test_a_form_that_runs_after_something_else_was_seen_to_asks_again() -> None:
    seen_to = [*ASKED_CITY, *HEARD, ActionExecutionRejected("trip"), ActionExecuted("utter_chitchat")]
    code = Code(validate_trip=[], utter_ask_city=[BotUttered("Where?")])

    assert run(seen_to, code) == [SlotSet("requested_slot", "city"), BotUttered("Where?")]
    assert code.checked() == []


def test_an_interrupted_form_does_not_take_the_message_for_an_answer() -> None:
    code = Code(validate_trip=[])

    run([*ASKED_CITY, *HEARD, SlotSet("city", "yes"), LoopInterrupted(True)], code)

    assert code.checked() == []


def test_a_check_may_ask_for_a_slot_that_the_domain_does_not_require() -> None:
    code = Code(validate_trip=[SlotSet("requested_slot", "mood")], utter_ask_mood=[BotUttered("Well?")])
    wished = [SlotSet("requested_slot", "mood"), BotUttered("Well?")]

    assert run(HEARD, code) == [ActiveLoop("trip"), *wished]
    assert code.checked() == []
    code.ran.clear()
    assert run([ActiveLoop("trip"), *wished, *HEARD, SlotSet("mood", "good")], code) == wished
    assert code.checked() == [SlotSet("mood", "good")]


@pytest.mark.parametrize("end", [SlotSet("requested_slot", None), ActiveLoop(None)])
def test_a_check_may_end_the_form_early(end: Event) -> None:
    events = run([*ASKED_CITY, *HEARD, SlotSet("city", "Rome")], Code(validate_trip=[end]))

    after = evolve_all(replay(ASKED_CITY), events)
    assert (after.active_loop, after.slots["requested_slot"]) == (None, None)
    assert events.count(ActiveLoop(None)) == 1


def test_what_asks_may_end_the_form() -> None:
    code = Code(action_ask_city=[SlotSet("requested_slot", None)])

    assert run(HEARD, code)[-1] == ActiveLoop(None)


def test_a_form_whose_slots_are_known_ends_at_once() -> None:
    known = [SlotSet("city", "Rome"), SlotSet("day", "Monday"), *HEARD]

    assert run(known) == [ActiveLoop("trip"), SlotSet("requested_slot", None), ActiveLoop(None)]


said = st.dictionaries(
    st.sampled_from(["city", "day", "mood"]), st.sampled_from(["a", "b", None]), max_size=3
)


@given(st.lists(said, max_size=8), st.sampled_from([None, "a"]), st.booleans())
def test_a_form_asks_for_what_is_missing_until_nothing_is(
    turns: list[dict[str, str | None]], unwanted: str | None, validates: bool
) -> None:
    """Whatever is said, and whatever a check refuses."""

    def refuse(events: Sequence[Event]) -> list[Event]:
        return [
            SlotSet(e.name, None)
            for e in events
            if isinstance(e, SlotSet) and e.name != "requested_slot" and e.value == unwanted
        ]

    code = Code(validate_trip=refuse) if validates else Code()
    tracker: Tracker = Tracker.start(DOMAIN)
    for turn in turns:
        tracker = evolve_all(tracker, [*HEARD, *(SlotSet(name, value) for name, value in turn.items())])
        try:
            events = forms.run(DOMAIN, tracker, "trip", code)
        except ActionRejected:
            assert tracker.active_loop == "trip"
            assert not {"city", "day"} & set(turn)
            continue
        tracker = evolve_all(evolve_all(tracker, [ActionExecuted("trip")]), events)
        if tracker.active_loop is None:
            assert None not in (tracker.slots["city"], tracker.slots["day"])
        else:
            assert tracker.slots[tracker.slots["requested_slot"]] is None
