"""Stories in legacy Markdown."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.formats import story_markdown
from recorder.stories.story import (
    ActionStep,
    BotStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    Story,
    StoryEntity,
    UserStep,
)
from tests.formats import told


def read(text: str) -> tuple[Story, ...]:
    file = story_markdown.loads(dedent(text), "stories.md")
    assert not file.problems
    return file.stories


def problems(text: str) -> list[tuple[int | None, str]]:
    return [(one.line, one.message) for one in story_markdown.loads(dedent(text), "stories.md").problems]


@given(told.markdown_stories)
def test_stories_are_the_same_after_writing_and_reading(stories: tuple[Story, ...]) -> None:
    file = story_markdown.loads(story_markdown.dump(stories))

    assert (file.stories, file.problems) == (stories, ())
    assert not story_markdown.unwritable(stories)


@given(told.stories)
def test_any_story_is_written_and_what_is_lost_is_said(stories: tuple[Story, ...]) -> None:
    lost = story_markdown.unwritable(stories)
    kept = [story for story in stories if story.name not in lost]

    assert story_markdown.loads(story_markdown.dump(kept)).stories == tuple(kept)


@given(st.text() | st.text('#>*-{}[]":, \nOR_a<!'))
def test_any_text_is_read_without_a_traceback(text: str) -> None:
    story_markdown.loads(text)


@given(told.markdown_stories, told.texts)
def test_a_comment_changes_nothing(stories: tuple[Story, ...], comment: str) -> None:
    comments = {story.name: f"session {comment}-->\n## x" for story in stories}

    assert story_markdown.loads(story_markdown.dump(stories, comments)).stories == stories


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("* greet", UserStep("greet")),
        ("*greet", UserStep("greet")),
        ('* inform{"a": "b", "n": 2}', UserStep("inform", (StoryEntity("a", "b"), StoryEntity("n", 2)))),
        ('* inform{"a": ["x", "y"]}', UserStep("inform", (StoryEntity("a", "x"), StoryEntity("a", "y")))),
        ("* _inform[a=Rome, n=2]", UserStep("inform", (StoryEntity("a", "Rome"), StoryEntity("n", "2")))),
        ("* _greet", UserStep("greet")),
        ("* a OR b", OrStep((UserStep("a"), UserStep("b")))),
        ('* a{"x": "y OR z"} OR b', OrStep((UserStep("a", (StoryEntity("x", "y OR z"),)), UserStep("b")))),
        ("- utter_greet", ActionStep("utter_greet")),
        ("- actions.ActionSearch", ActionStep("actions.ActionSearch")),
        ("- utter_greet  <!-- predicted: utter_bye -->", ActionStep("utter_greet")),
        ('- slot{"a": 1, "b": null}', SlotStep((("a", 1), ("b", None)))),
        ('- form{"name": "f"}', LoopStep("f")),
        ('- active_loop{"name": null}', LoopStep(None)),
        ("- restart", EventStep("restart")),
        ('- followup{"name": "a"}', EventStep("followup", {"name": "a"})),
        ('> check{"a": 1}', CheckpointStep("check", (("a", 1),))),
    ],
)  # fmt: skip
def test_every_kind_of_line_is_read(line: str, step: Step) -> None:
    assert read(f"## s\n{line}\n")[0].steps == (step,)


def test_lines_that_a_form_did_by_itself_are_left_out_of_training() -> None:
    text = """\
    ## s
    * request
        - some_form
        - form{"name": "some_form"}
    * form: inform{"a": "b"}
        - form: some_form
        - form: slot{"a": "b"}
        - slot{"a": "b"}
    """

    assert read(text)[0].steps == (
        UserStep("request"),
        ActionStep("some_form"),
        LoopStep("some_form"),
        SlotStep((("a", "b"),)),
    )


def test_a_story_whose_messages_have_words_is_a_test_and_keeps_what_forms_did() -> None:
    text = """\
    ## s
    * request: a table
        - some_form
    * form: inform: for [two](n:2)
        - form: some_form
    """

    assert read(text) == (
        Story(
            "s",
            (
                UserStep("request", (), "a table"),
                ActionStep("some_form"),
                UserStep("inform", (StoryEntity("n", "2", None, None, 4, 7),), "for two"),
                ActionStep("some_form"),
            ),
            is_test=True,
        ),
    )


def test_comments_of_several_lines_are_no_lines_and_count_as_lines() -> None:
    stories = read("<!-- one\n\n## no story\n-->\n## s\n* greet <!-- x --> \n")

    assert [(story.name, story.lines) for story in stories] == [("s", (5, 6))]


@pytest.mark.parametrize("step", ["- utter_a", '- slot{"x": "# ##"}', "* greet", '* greet{"a": "##"}'])
def test_a_header_in_the_middle_of_a_line_begins_a_story_and_is_reported(step: str) -> None:
    file = story_markdown.loads(f"## one\n* hello\n{step}## two\n* bye\n", "s.md")

    assert [story.name for story in file.stories] == ["one", "two"]
    assert [(problem.line, "glued" in problem.message) for problem in file.problems] == [(3, True)]


def test_a_header_right_below_a_story_begins_a_story_and_is_reported() -> None:
    file = story_markdown.loads("## one\n* greet\n## two\n* bye\n", "s.md")

    assert [story.name for story in file.stories] == ["one", "two"]
    assert [problem.line for problem in file.problems] == [3]


def test_hashes_in_the_words_of_a_test_are_words() -> None:
    assert read("## s\n* inform: room ##5\n")[0].steps == (UserStep("inform", (), "room ##5"),)


def test_a_rule_is_a_rule() -> None:
    file = story_markdown.loads(">> r\n* greet\n- ...\n- utter_greet\n")

    assert [(rule.name, rule.steps) for rule in file.rules] == [
        ("r", (UserStep("greet"), ActionStep("utter_greet")))
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('## s\n- slot{"a": }', 2, "expected a JSON object"),
        ("## s\n- slot{" + "[" * 50_000, 2, "expected a JSON object"),
        ("## s\n* a" + " OR a" * 200_000, 2, "a line longer than"),
        ('## s\n- slot{"a": NaN}', 2, "expected a JSON object"),
        ('## s\n- slot{"a": 1} more', 2, "expected the end of the line"),
        ('## s\n* a{"b": 1} c', 2, "expected ` OR `"),
        ("## s\n*\n- a", 2, "expected an intent"),
        ("## s\nwords\n* a", 2, "expected `## name`"),
        ("* a\n## s\n* a", 1, "expected `## name`"),
        ("## s\n", 1, "no steps"),
        ("##\n* a", 1, "no name"),
        ('## s\n* a\n> c{"x": 1}', 3, "only at the start"),
        ("## s\n* a\n<!-- b", 3, "never ends"),
        ("## s\n* a: [b", 2, "broken annotation"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_line(text: str, line: int, message: str) -> None:
    assert any(found == line and message in said for found, said in problems(text))


@pytest.mark.parametrize(
    "step",
    [
        BotStep("words"),
        UserStep(None, (), "words"),
        UserStep("a", (StoryEntity("city", "Rome", role="to"),)),
    ],
)
def test_a_story_that_markdown_has_no_words_for_is_named(step: Step) -> None:
    assert story_markdown.unwritable([Story("s", (step, ActionStep("a")))]) == ("s",)


def test_one_broken_story_leaves_the_others() -> None:
    file = story_markdown.loads('## a\n* x{\n\n## b\n* y\n\n## c\n- slot{"a"}\n')

    assert [story.name for story in file.stories] == ["b"]
    assert [problem.line for problem in file.problems] == [2, 8]
