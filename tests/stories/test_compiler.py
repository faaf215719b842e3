"""Dialogues -> stories."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recorder.dialogue.domain import Domain, Slot
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from recorder.stories.compiler import Dialogue, compile_stories, story_steps
from recorder.stories.story import ActionStep, BotStep, LoopStep, SlotStep, Step, StoryEntity, UserStep

LISTEN = ActionExecuted("action_listen")


def says(intent: str | None, *entities: dict[str, Any]) -> UserUttered:
    return UserUttered("words", {"intent": {"name": intent}, "entities": list(entities)})


def test_a_dialogue_becomes_its_messages_actions_and_slots() -> None:
    rome = {"entity": "city", "value": "Rome", "role": "to", "start": 0, "end": 4, "extractor": "crf"}
    events = [
        LISTEN,
        says("go", rome),
        SlotSet("city", "Rome"),
        SlotSet("day", 1),
        ActionExecuted("book"),
        LISTEN,
    ]

    assert story_steps(events) == (
        UserStep("go", (StoryEntity("city", "Rome", role="to"),)),
        SlotStep((("city", "Rome"), ("day", 1))),
        ActionStep("book"),
    )


def test_undone_actions_and_rewound_messages_never_appear() -> None:
    events = [
        says("a"),
        ActionExecuted("wrong"),
        SlotSet("x", 1),
        ActionReverted(),
        ActionExecuted("right"),
        LISTEN,
        says("b"),
        ActionExecuted("y"),
        UserUtteranceReverted(),
        LISTEN,
    ]

    assert story_steps(events) == (UserStep("a"), ActionStep("right"))


def test_a_slot_that_is_set_to_what_it_holds_is_not_written_again() -> None:
    events = [
        says("a"),
        SlotSet("x", 1),
        SlotSet("x", 1),
        ActionExecuted("b"),
        SlotSet("x", 1),
        ActionExecuted("c"),
    ]

    assert story_steps(events)[1:] == (SlotStep((("x", 1),)), ActionStep("b"), ActionStep("c"))


def test_slots_without_influence_and_the_forms_own_slot_are_left_out() -> None:
    domain = Domain(
        slots=(Slot("quiet", influence_conversation=False), Slot("anything", "any"), Slot("loud"))
    )
    events = [
        says("a"),
        SlotSet("quiet", 1),
        SlotSet("anything", 2),
        SlotSet("requested_slot", "x"),
        SlotSet("unknown", {"an": "object"}),
        SlotSet("loud", 3),
        ActionExecuted("b"),
    ]

    assert story_steps(events, domain)[1] == SlotStep((("loud", 3),))


def test_a_reset_is_written_as_slots_going_back_to_their_initial_values() -> None:
    domain = Domain(slots=(Slot("city", initial_value="Paris"),))
    events = [says("a"), SlotSet("city", "Rome"), ActionExecuted("b"), AllSlotsReset(), ActionExecuted("c")]

    assert story_steps(events, domain)[3] == SlotStep((("city", "Paris"),))


def test_a_forms_happy_path_is_its_activation_and_its_end() -> None:
    form = ActionExecuted("book_form")
    events = [
        says("book"),
        form,
        ActiveLoop("book_form"),
        SlotSet("requested_slot", "city"),
        LISTEN,
        says("inform"),
        SlotSet("city", "Rome"),
        form,
        ActiveLoop(None),
        ActionExecuted("done"),
    ]

    assert story_steps(events) == (
        UserStep("book"),
        ActionStep("book_form"),
        LoopStep("book_form"),
        SlotStep((("city", "Rome"),)),
        LoopStep(None),
        ActionStep("done"),
    )


def test_a_story_ends_with_an_action_and_before_a_message_without_intent() -> None:
    assert story_steps([says("a"), ActionExecuted("b"), LISTEN, says("c")]) == (
        UserStep("a"),
        ActionStep("b"),
    )
    assert story_steps([says("a"), ActionExecuted("b"), says(None), ActionExecuted("c")]) == (
        UserStep("a"),
        ActionStep("b"),
    )
    assert story_steps([says("a")]) == ()


def test_end_to_end_words_of_the_bot_are_kept_and_its_replies_are_not() -> None:
    events = [says("a"), ActionExecuted(None, action_text="Hi there"), BotUttered("Hi there")]

    assert story_steps(events)[1:] == (BotStep("Hi there"),)


def test_equal_dialogues_make_one_story_that_names_them_all() -> None:
    same = [says("a"), ActionExecuted("b")]

    (one,), left_out = compile_stories([Dialogue("s1", 0, same), Dialogue("s2", 1, same)])

    assert one.story.name == "s1"
    assert one.story.metadata == {"sessions": ["s1", "s2 part 2"]}
    assert left_out == []


def test_what_makes_no_story_is_told_with_its_reason() -> None:
    dialogues = [
        Dialogue("s1", 0, [ActionExecuted("x")]),
        Dialogue("s2", 0, [says(None), ActionExecuted("x")]),
        Dialogue("s3", 0, [says("a")]),
    ]

    _, left_out = compile_stories(dialogues)

    assert [(left.dialogue.session, left.reason) for left in left_out] == [
        ("s1", "no message of the user is left in it"),
        ("s2", "its first message has no intent"),
        ("s3", "no action follows a message"),
    ]


def test_names_are_unique_and_on_one_line() -> None:
    compiled, _ = compile_stories(
        [
            Dialogue("a\nb", 0, [says("a"), ActionExecuted("x")]),
            Dialogue("a b", 0, [says("b"), ActionExecuted("x")]),
        ]
    )

    assert len({one.story.name for one in compiled}) == 2
    assert all("\n" not in one.story.name for one in compiled)


EVENTS = st.lists(
    st.sampled_from(
        [
            LISTEN,
            says("a"),
            says("b"),
            says(None),
            ActionExecuted("x"),
            ActionExecuted("form"),
            ActiveLoop("form"),
            ActiveLoop(None),
            SlotSet("s", 1),
            SlotSet("s", None),
            AllSlotsReset(),
            ActionReverted(),
            UserUtteranceReverted(),
            BotUttered("y"),
        ]
    ),
    max_size=30,
)


def events_of(steps: tuple[Step, ...]) -> list[Event]:
    """What a story says, as it would be recorded."""
    events: list[Event] = []
    for step in steps:
        match step:
            case UserStep(intent=intent):
                events += [LISTEN, says(intent)]
            case ActionStep(name=name):
                events.append(ActionExecuted(name))
            case SlotStep(slots=slots):
                events += [SlotSet(name, value) for name, value in slots]
            case LoopStep(name=name):
                events.append(ActiveLoop(name))
    return events


@given(EVENTS)
def test_compiling_the_events_of_a_story_gives_the_story_again(events: list[Event]) -> None:
    steps = story_steps(events)

    assert story_steps(events_of(steps)) == steps
