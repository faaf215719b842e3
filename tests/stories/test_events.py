"""Stories as the events that they stand for."""

from __future__ import annotations

from recorder.dialogue.domain import Domain, Entity, Form, Intent, Slot, SlotMapping
from recorder.events.event import Event
from recorder.events.session import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    SlotSet,
    UserUttered,
)
from recorder.stories.events import LONGEST, MOST, dialogues_of, dialogues_of_rules
from recorder.stories.story import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
)

DOMAIN = Domain(
    intents=(Intent("greet"), Intent("inform")),
    entities=(Entity("city"),),
    slots=(Slot("city", mappings=(SlotMapping("from_entity", entity="city"),)), Slot("vip", "bool")),
    actions=("a", "b", "c"),
    forms=(Form("form"),),
)
GREET, INFORM = UserStep("greet"), UserStep("inform", (StoryEntity("city", "Rome"),))
A, B, C = ActionStep("a"), ActionStep("b"), ActionStep("c")


def told(*stories: tuple[Step, ...]) -> list[str]:
    found = dialogues_of([Story(str(i), steps) for i, steps in enumerate(stories)], DOMAIN)
    return [" ".join(map(short, dialogue)) for dialogue in found]


def short(event: Event) -> str:
    match event:
        case ActionExecuted(name="action_listen"):
            return "-"
        case ActionExecuted(name=name):
            return name or "?"
        case UserUttered():
            return f"/{event.intent}"
        case SlotSet(name=name, value=value):
            return f"{name}={value}"
        case ActiveLoop(name=name):
            return f"loop={name}"
        case ActionExecutionRejected(name=name):
            return f"not:{name}"
        case _:
            return event.type


def test_the_bot_listens_before_each_message_and_at_the_end() -> None:
    assert told((GREET, A, GREET, B)) == ["- /greet a - /greet b -"]


def test_entities_fill_slots_as_they_do_in_a_session() -> None:
    assert told((INFORM, A)) == ["- /inform city=Rome a -"]


def test_every_alternative_is_a_dialogue() -> None:
    assert told((OrStep((GREET, INFORM)), A)) == ["- /greet a -", "- /inform city=Rome a -"]


def test_checkpoints_join_stories() -> None:
    end, start = CheckpointStep("x"), CheckpointStep("x")

    assert told((GREET, A, end), (start, INFORM, B), (start, GREET, C)) == [
        "- /greet a - /inform city=Rome b -",
        "- /greet a - /greet c -",
    ]


def test_a_checkpoint_within_a_story_joins_its_halves_and_others() -> None:
    x = CheckpointStep("x")

    assert told((GREET, A, x, GREET, B), (x, GREET, C)) == [
        "- /greet a - /greet b -",
        "- /greet a - /greet c -",
    ]


def test_a_checkpoint_with_a_condition_is_passed_only_where_it_holds() -> None:
    vip = CheckpointStep("x", (("vip", True),))

    assert told((GREET, SlotStep((("vip", True),)), A, CheckpointStep("x")), (vip, GREET, B)) == [
        "- /greet vip=True a - /greet b -"
    ]
    assert told((GREET, A, CheckpointStep("x")), (vip, GREET, B)) == ["- /greet a -"]


def test_a_part_that_nothing_leads_to_follows_anything() -> None:
    assert told((CheckpointStep("nowhere"), GREET, A)) == ["... - /greet a -"]


def test_circles_of_checkpoints_end() -> None:
    x = CheckpointStep("x")

    assert told((GREET, A, x), (x, GREET, B, x)) == ["- /greet a - /greet b -"]


def test_an_endless_chain_of_checkpoints_is_cut_off() -> None:
    chain = [(CheckpointStep(str(i)), GREET, A, CheckpointStep(str(i + 1))) for i in range(1, 2_000)]

    (dialogue,) = told((GREET, A, CheckpointStep("1")), *chain)

    assert dialogue.count("/greet") == LONGEST


def test_there_is_a_bound() -> None:
    assert len(told((*[OrStep((GREET, INFORM))] * 40, A))) == MOST


def test_an_answer_beside_the_active_form_means_that_the_form_declined() -> None:
    steps = (GREET, ActionStep("form"), LoopStep("form"), GREET, A, ActionStep("form"), LoopStep(None), B)

    assert told(steps) == ["- /greet form loop=form - /greet not:form a form loop=None b -"]


def test_test_stories_teach_nothing() -> None:
    assert dialogues_of([Story("t", (GREET, A), is_test=True)], DOMAIN) == []


def rules(rule: Rule) -> list[str]:
    return [" ".join(map(short, dialogue)) for dialogue in dialogues_of_rules([rule], DOMAIN)]


def test_a_rule_follows_anything_and_waits() -> None:
    assert rules(Rule("r", (GREET, A))) == ["... - /greet a -"]


def test_a_rule_says_when_it_applies_and_that_it_does_not_wait() -> None:
    conditional = Rule("r", (GREET, A), condition=(LoopStep("form"),), wait_for_user_input=False)

    assert rules(conditional) == ["... loop=form - /greet not:form a ..."]
    assert rules(Rule("r", (GREET, A), conversation_start=True)) == ["- /greet a -"]
