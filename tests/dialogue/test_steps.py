"""A session cut into the points where a model decided."""

from __future__ import annotations

from recorder.dialogue.steps import cut
from recorder.events.event import Event, NewEvent, Recorded, session_stream
from recorder.events.prediction import ActionRanked, IntentRanked
from recorder.events.session import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    Restarted,
    SessionRecorded,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from recorder.store.memory import MemoryLog


def recorded(*events: Event) -> list[Recorded]:
    """A session's stream; the ids are e0, e1, …"""
    numbered = [NewEvent(event, id=f"e{i}") for i, event in enumerate(events)]
    return MemoryLog().append(session_stream("s"), numbered)


def hello(intent: str = "greet") -> UserUttered:
    return UserUttered("hello", {"intent": {"name": intent, "confidence": 0.7}})


def test_messages_and_actions_are_steps_and_automatic_beginnings_are_not() -> None:
    steps = cut(
        recorded(
            SessionRecorded("talk"),
            ActionExecuted("action_session_start"),
            SessionStarted(),
            ActionExecuted("action_listen"),
            hello(),
            ActionExecuted("utter_greet"),
            BotUttered("hi"),
            ActionExecuted("action_listen"),
        )
    )

    assert [(s.id, s.kind, s.chosen, s.message) for s in steps] == [
        ("e4", "understanding", "greet", None),
        ("e5", "action", "utter_greet", "e4"),
        ("e7", "action", "action_listen", None),
    ]
    assert [r.id for r in steps[1].effects] == ["e6"]
    assert [r.id for r in steps[0].lead] == ["e3"]


def test_the_state_before_a_step_holds_nothing_of_it() -> None:
    _, action, listen = cut(
        recorded(hello(), ActionExecuted("search"), SlotSet("found", [1]), ActionExecuted("action_listen"))
    )

    assert action.before.slots == {}
    assert listen.before.slots == {"found": [1]}


def test_an_undone_action_is_no_step() -> None:
    steps = cut(recorded(hello(), ActionExecuted("wrong"), ActionReverted(), ActionExecuted("right")))

    assert [s.chosen for s in steps] == ["greet", "right"]


def test_episodes_and_turns_are_counted_over_the_whole_session() -> None:
    steps = cut(recorded(hello(), ActionExecuted("a"), Restarted(), ActionExecuted("action_session_start"),
                         SessionStarted(), hello(), ActionExecuted("b")))  # fmt: skip

    assert [(s.episode, s.turn, s.index) for s in steps] == [(0, 1, 0), (0, 1, 1), (1, 2, 2), (1, 2, 3)]


def test_the_ranking_of_the_time_comes_first_and_later_ones_are_told_apart() -> None:
    steps = cut(
        recorded(
            hello(),
            IntentRanked("e0", "m1", (("greet", 0.7), ("bye", 0.3))),
            ActionExecuted("utter_greet"),
            ActionRanked("e2", "m1", (("utter_greet", 0.6), ("utter_bye", 0.4)), policy="learned"),
            ActionRanked("e2", "m2", (("utter_bye", 0.9), ("utter_greet", 0.1)), late=True),
        )
    )

    assert steps[0].predictions[0].ranking == (("greet", 0.7), ("bye", 0.3))
    assert [(p.model, p.late) for p in steps[1].predictions] == [("m1", False), ("m2", True)]
    assert steps[1].confidence == 0.6


def test_a_source_that_kept_only_the_winner_gives_a_ranking_of_one_and_late_ones_after_it() -> None:
    action = ActionExecuted("utter_greet", "TEDPolicy", 0.8, metadata={"model_id": "abc"})
    steps = cut(recorded(hello(), action, ActionRanked("e1", "m2", (("x", 1.0),), late=True)))

    first, late = steps[1].predictions
    assert (first.model, first.ranking, first.policy) == ("abc", (("utter_greet", 0.8),), "TEDPolicy")
    assert late.late


def test_a_session_without_steps_is_cut_into_none() -> None:
    assert cut([]) == []
    assert cut(recorded(SessionRecorded("talk"), SessionStarted())) == []
    assert cut(recorded(UserUttered(None))) != []
