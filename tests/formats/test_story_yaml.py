"""Stories and rules in YAML."""

from __future__ import annotations

import json
import time
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import given

from recorder.dialogue.domain import Domain, Slot
from recorder.formats import story_yaml, yaml_writer
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
)
from tests.formats import told


def steps_of(text: str, name: str = "stories.yml") -> tuple[Step, ...]:
    """The steps of the one story of a text, which are written below `steps:`."""
    file = story_yaml.loads(f"stories:\n- story: s\n  steps:\n{indent(text, '  ')}", name)
    assert not file.problems
    return file.stories[0].steps


@given(told.stories, told.rules)
def test_stories_and_rules_are_the_same_after_writing_and_reading(
    stories: tuple[Story, ...], rules: tuple[Rule, ...]
) -> None:
    file = story_yaml.loads(story_yaml.dump(stories, rules))

    assert (file.stories, file.rules) == (stories, rules)
    assert not story_yaml.unwritable(stories)


@given(told.stories)
def test_the_same_stories_give_the_same_bytes(stories: tuple[Story, ...]) -> None:
    again = story_yaml.loads(story_yaml.dump(stories)).stories

    assert story_yaml.dump(again) == story_yaml.dump(stories)


@given(told.stories, told.texts)
def test_a_comment_changes_nothing(stories: tuple[Story, ...], comment: str) -> None:
    comments = {story.name: f"session {comment}\n- story: x" for story in stories}

    assert story_yaml.loads(story_yaml.dump(stories, comments=comments)).stories == stories


def test_the_text_looks_as_people_write_it() -> None:
    steps = (
        UserStep("inform", (StoryEntity("city", "Rome", role="to"), StoryEntity("count", "2"))),
        SlotStep((("city", "Rome"), ("done", None))),
        ActionStep("utter_yes"),
    )

    assert story_yaml.dump([Story("to Rome", steps)], comments={"to Rome": "session web-1"}) == dedent(
        """\
        version: "3.1"

        stories:
        # session web-1
        - story: to Rome
          steps:
          - intent: inform
            entities:
            - city: Rome
              role: to
            - count: "2"
          - slot_was_set:
            - city: Rome
            - done: null
          - action: utter_yes
        """
    )


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("- intent: greet", UserStep("greet")),
        ("- intent: a\n  entities: [city]", UserStep("a", (StoryEntity("city"),))),
        ("- intent: a\n  entities:\n  - city: 5\n    role: to\n    group: '1'",
         UserStep("a", (StoryEntity("city", 5, "to", "1"),))),
        ("- user: |\n    to [Rome](city)\n  intent: a",
         UserStep("a", (StoryEntity("city", "Rome", None, None, 3, 7),), "to Rome")),
        ("- user: rome\n  intent: a\n  entities:\n  - city: Rome",
         UserStep("a", (StoryEntity("city", "Rome"),), "rome")),
        ("- user: hello", UserStep(None, (), "hello")),
        ("- bot: hello", BotStep("hello")),
        ("- action: utter_greet", ActionStep("utter_greet")),
        ("- checkpoint: c", CheckpointStep("c")),
        ("- checkpoint: c\n  slot_was_set:\n  - a: 1", CheckpointStep("c", (("a", 1),))),
        ("- active_loop: null", LoopStep(None)),
        ("- active_loop: form", LoopStep("form")),
        ("- slot_was_set:\n  - a: yes\n  - b: null\n  - c",
         SlotStep((("a", "yes"), ("b", None), ("c", "filled")))),
        ("- slot_was_set:\n    a: 1", SlotStep((("a", 1),))),
        ("- or:\n  - intent: a\n  - intent: b", OrStep((UserStep("a"), UserStep("b")))),
        ("- or:\n  - slot_was_set:\n    - a: 1\n  - slot_was_set:\n    - a: 2",
         OrStep((SlotStep((("a", 1),)), SlotStep((("a", 2),))))),
    ],
)  # fmt: skip
def test_every_kind_of_step_is_read(text: str, step: Step) -> None:
    assert steps_of(text) == (step,)


def test_slots_that_follow_each_other_are_one_step() -> None:
    assert steps_of("- slot_was_set:\n  - a: 1\n- slot_was_set:\n  - b: 2") == (
        SlotStep((("a", 1), ("b", 2))),
    )


def test_a_slot_that_is_only_named_is_filled_as_the_domain_says() -> None:
    text = "stories:\n- story: s\n  steps:\n  - slot_was_set:\n    - a\n    - b\n"
    domain = Domain(slots=(Slot("a", "list"), Slot("b")))

    assert story_yaml.loads(text, domain=domain).stories[0].steps == (
        SlotStep((("a", ["filled"]), ("b", "filled"))),
    )


def test_a_rule_is_read_with_all_its_settings() -> None:
    text = """\
    rules:
    - rule: r
      condition:
      - active_loop: form
      - slot_was_set:
        - a: 1
      conversation_start: true
      wait_for_user_input: false
      steps:
      - intent: greet
    """

    assert story_yaml.loads(dedent(text)).rules == (
        Rule("r", (UserStep("greet"),), (LoopStep("form"), SlotStep((("a", 1),))), True, False),
    )


def test_the_name_of_the_file_says_which_stories_are_tests() -> None:
    text = "stories:\n- story: s\n  steps:\n  - intent: greet\n    user: hi\n"

    assert story_yaml.loads(text, "tests/test_stories.yml").stories[0].is_test
    assert not story_yaml.loads(text, "test_stories/stories.yml").stories[0].is_test


def test_steps_know_their_lines() -> None:
    text = "stories:\n- story: s\n  steps:\n  - intent: a\n    entities: [b]\n  - action: c\n"

    assert story_yaml.loads(text).stories[0].lines == (2, 4, 6)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("stories: 5", 1, "expected a list below `stories:`"),
        ("stories:\n- 5", 2, "expected `story: <name>` here"),
        ("stories:\n- story: s", 2, "has no steps"),
        ("stories:\n- story: ''\n  steps:\n  - action: a", 2, "has no name"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - ...", 5, "expected a step"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - intnet: b", 5, "expected a step"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - intent: /b", 5, "the / before intent 'b'"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - action:", 5, "something after `action:`"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - action: [b]", 5, "expected a text"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - user: 'to [x'", 5, "broken annotation"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - or:\n    - action: b", 5, "at least one"),
        ("stories:\n- story: s\n  steps:\n  - intent: a\n    entities:\n    - [b]", 6, "name of an entity"),
        ("stories:\n- story: s\n  steps:\n  - action: a\n  - slot_was_set:\n    - 5", 6, "name of a slot"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_line(text: str, line: int, message: str) -> None:
    problems = story_yaml.loads(text, "f.yml").problems

    assert [problem.line for problem in problems] == [line] * len(problems)
    assert any(message in problem.message for problem in problems)


@given(told.values)
def test_any_value_in_the_place_of_stories_is_read_without_a_traceback(value: Any) -> None:
    for document in ({"stories": value}, {"stories": [value]}, {"rules": [{"rule": "r", "steps": [value]}]}):
        story_yaml.loads(yaml_writer.dumps(document))


@pytest.mark.parametrize(
    "step",
    [
        EventStep("restart"),
        UserStep("a", (), "see [here](link)"),
        UserStep("a", (StoryEntity("role", 1),)),
        SlotStep((("a", json.loads("[" * 200 + "]" * 200)),)),
    ],
)
def test_a_story_that_yaml_has_no_words_for_is_named(step: Step) -> None:
    fine = Story("fine", (ActionStep("a"),))

    assert story_yaml.unwritable([fine, Story("not fine", (step, ActionStep("a")))]) == ("not fine",)


def test_names_that_repeat_are_numbered() -> None:
    twice = [Story(name, (ActionStep("a"),)) for name in ("s", "s", "s (2)", "s")]

    names = [story.name for story in story_yaml.loads(story_yaml.dump(twice)).stories]

    assert names == ["s", "s (3)", "s (2)", "s (4)"]


def test_ten_thousand_stories_are_read_in_a_few_seconds() -> None:
    turn = "  - intent: inform\n    entities:\n    - city: Rome\n  - action: utter_ok\n"
    text = "stories:\n" + "".join(f"- story: s {n}\n  steps:\n{turn * 6}" for n in range(10_000))
    start = time.perf_counter()

    stories = story_yaml.loads(text).stories

    assert len(stories) == 10_000
    assert time.perf_counter() - start < 30  # about 2.5 s on a quiet machine
