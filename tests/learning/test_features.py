"""What a dialogue looks like to a policy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.tracker import Tracker, evolve, replay
from recorder.events.session import (
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    Restarted,
    SessionStarted,
    SlotSet,
)
from recorder.learning.features import MAX_CHARACTERS, history, pieces, words
from tests.learning.given import DOMAIN, GREETED, LISTEN, SEARCHED, does, says


def test_words_know_where_a_message_begins_and_ends() -> None:
    assert "^ thank" in words("Thank you!")
    assert "you $" in words("Thank you!")


@given(st.text())
def test_any_text_has_terms(text: str) -> None:
    assert all(words(text)) and all(pieces(text))


def test_a_very_long_message_is_read_up_to_a_bound() -> None:
    assert words("a " * MAX_CHARACTERS) == words("a " * MAX_CHARACTERS * 10)


def test_a_state_for_each_action_that_was_decided() -> None:
    past = history(replay([*GREETED, *says("search", "city")], DOMAIN), DOMAIN, 10)

    assert past.complete
    assert past.states == (
        frozenset({"did:action_listen", "intent:greet"}),
        frozenset({"did:utter_greet"}),
        frozenset({"did:action_listen", "intent:search", "entity:city"}),
    )


def test_whether_the_first_wait_was_recorded_makes_no_difference() -> None:
    assert history(replay(GREETED[1:], DOMAIN), DOMAIN, 9) == history(replay(GREETED, DOMAIN), DOMAIN, 9)


def test_only_the_latest_states_are_looked_at() -> None:
    past = history(replay([*GREETED * 3, LISTEN], DOMAIN), DOMAIN, 2)

    assert len(past.states) == 2 and not past.complete


def test_slots_count_as_their_type_says() -> None:
    slots = {"found": [], "vip": False, "price": 0.26, "note": "n", "stranger": 1}
    past = history(replay(says("search", **slots), DOMAIN), DOMAIN, 5)

    assert {f for f in past.states[-1] if f.startswith("slot:")} == {"slot:vip=false", "slot:price=0.3"}


def test_entities_without_influence_are_not_seen() -> None:
    past = history(replay(says("search", "mood"), DOMAIN), DOMAIN, 5)

    assert past.states[-1] == {"did:action_listen", "intent:search"}


def test_what_was_undone_was_never_there() -> None:
    wrong = (*says("greet"), *does("utter_bye"), ActionReverted(), *does("utter_greet"))

    assert history(replay(wrong, DOMAIN), DOMAIN, 9) == history(replay(GREETED, DOMAIN), DOMAIN, 9)


def test_a_restart_or_a_new_session_begins_anew() -> None:
    for cut in (Restarted(), SessionStarted()):
        again = [*SEARCHED, *does("action_session_start"), cut, *GREETED]

        assert history(replay(again, DOMAIN), DOMAIN, 9) == history(replay(GREETED, DOMAIN), DOMAIN, 9)


def test_a_form_that_was_filled_without_a_hitch_looks_like_its_story() -> None:
    begun = (*says("search"), *does("book_form"), ActiveLoop("book_form"))
    filled = (
        *begun,
        *says("greet"),
        *does("book_form"),
        *says("greet"),
        *does("book_form"),
        ActiveLoop(None),
    )
    told = (*begun, ActiveLoop(None))

    assert history(replay(filled, DOMAIN), DOMAIN, 9) == history(replay(told, DOMAIN), DOMAIN, 9)


def test_a_form_that_declined_is_seen() -> None:
    begun = (*says("search"), *does("book_form"), ActiveLoop("book_form"))
    declined = [*begun, *says("greet"), ActionExecutionRejected("book_form"), *does("utter_greet")]

    states = history(replay(declined, DOMAIN), DOMAIN, 9).states

    assert {"did:utter_greet", "loop:book_form"} == states[-1]
    assert {"did:action_listen", "intent:greet", "loop:book_form"} == states[-2]


def test_a_longer_session_costs_no_more() -> None:
    class Counting(dict[str, object]):
        reads = 0

        def __contains__(self, key: object) -> bool:
            Counting.reads += 1
            return super().__contains__(key)

    def reads(turns: int) -> int:
        tracker = replay(GREETED * turns, DOMAIN)
        Counting.reads = 0
        probe = evolve(tracker, SlotSet("vip", True))
        state = Tracker(slots=Counting(probe.slots), event=probe.event, previous=tracker)
        history(state, DOMAIN, 12)
        return Counting.reads

    assert reads(10) == reads(1_000)
