"""Stories appended to files of stories."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import NotationError
from recorder.formats import story_markdown, story_yaml
from recorder.formats.appending_stories import append
from recorder.stories.story import ActionStep, Story, StoryEntity, UserStep
from tests.formats import told
from tests.formats.kept import assert_kept, strict

STORY = Story("a greeting", (UserStep("greet"), ActionStep("utter_greet")))
NEW = Story("taught", (UserStep("bye"), ActionStep("utter_bye")))


def appended(text: str, *stories: Story, name: str = "stories.yml") -> str:
    """The text with the stories; all that must always hold of it is held against it."""
    result = append(text, name, stories)
    loads = story_markdown.loads if name.endswith(".md") else story_yaml.loads
    old, new = loads(text, name), loads(result.text, name)
    assert_kept(text, result.text)
    assert new.stories[: len(old.stories)] == old.stories
    assert [s.name for s in new.stories[len(old.stories) :]] == list(result.added)
    assert [s.steps for s in new.stories[len(old.stories) :]] == [s.steps for s in stories]
    assert new.rules == old.rules
    if not name.endswith(".md"):
        assert len(strict(result.text)["stories"]) == len((strict(text) or {}).get("stories") or ()) + len(
            stories
        )
    return result.text


@pytest.mark.parametrize(
    "text",
    [
        "stories:\n- story: a greeting\n  steps:\n  - intent: greet\n  - action: utter_greet\n",
        "stories:\n  - story: a greeting\n    steps:\n      - intent: greet\n      - action: utter_greet\n",
        "stories:\n- story: a\n  steps:\n  - intent: x\n  - action: y\nrules:\n- rule: r\n  steps:\n"
        "  - intent: x\n  - action: y\n",
    ],
    ids=["a list that is not indented", "a list that is indented", "rules at the end"],
)
def test_the_three_files_that_rasa_appends_to_are_appended_to(text: str) -> None:
    appended(text, NEW)


NASTY = {
    "no line break at the end": "stories:\n- story: a\n  steps:\n  - intent: x\n  - action: y",
    "responses at the end": (
        "stories:\n- story: a\n  steps: [intent: x]\nresponses:\n  utter_x:\n  - text: |+\n      hi\n\n\n"
    ),
    "a text that keeps its empty lines": "responses:\n  utter_x:\n  - text: |+\n      hi\n\n\n",
    "an empty list": "version: '3.1'\nstories: []\n",
    "an empty list with a comment, rules below": "stories: []  # none yet\nrules: []\n",
    "an empty list over two lines": "stories: [\n  ]\nrules: []\n",
    "nothing below stories": "stories:\n\nrules:\n- rule: r\n  steps:\n  - intent: x\n  - action: y\n",
    "null below stories": "stories: ~ # still\n",
    "no stories": "version: '3.1'\nnlu:\n  - intent: a\n    examples: |\n      - b\n",
    "brackets": "stories: [{story: a, steps: [{intent: x}, {action: y}]}]\n",
    "brackets over lines": "stories: [\n  {story: a, steps: [{intent: x}]},  # the last\n]\nrules: []\n",
    "brackets all around": "{version: '3.1', stories: [{story: a, steps: [{intent: x}]}]}",
    "brackets all around, no stories": '{"version": "3.1", "rules": []}\n',
    "the end of the document marked": "---\nstories:\n- story: a\n  steps:\n  - intent: x\n...\n# the end\n",
    "the end marked, no stories": "---\nrules: []\n...\n",
    "comments at the end": "stories:\n- story: a\n  steps:\n  - intent: x\n  # - action: y\n\n# more\n",
    "Windows": "stories:\r\n- story: a\r\n  steps:\r\n  - intent: x\r\n  - user: |\r\n      hi\r\n\r\n",
    "Windows, nothing of stories": "version: '3.1'\r\nrules: []",
    "old Macintosh": "stories:\r- story: a\r  steps:\r  - intent: x\r",
    "byte order mark": "\ufeffstories:\n- story: é👍\n  steps:\n  - intent: x\nrules: []\n",
    "tabs between": "stories: \t# tab\n- story:\ta \t# tab\n  steps:\t\n  - intent: x\t\n",
    "anchors": "stories:\n- &one\n  story: a\n  steps: &steps\n  - intent: x\n- story: b\n  steps: *steps\n",
    "a name for the list": "stories: &all\n  - story: a\n    steps:\n    - intent: x\nrules: []\n",
    "a key in quotes": '"stories":\n- story: a\n  steps:\n  - intent: x\n',
    "all keys indented": "  rules: []\n  stories:\n    - story: a\n      steps:\n      - intent: x\n",
    "a text at the end": "stories:\n- story: a\n  steps:\n  - intent: x\n    user: |\n      hello",
    "a folded text at the end": "stories:\n- story: a\n  steps:\n  - user: >-\n\n      hello\n\n\n",
    "spaces at the ends": "stories:   \n- story: a   \n  steps:  \n  - intent: x   \n   \n",
    "a directive": "%YAML 1.1\n---\nstories:\n- story: a\n  steps:\n  - intent: x\n",
    "a dash above its item": "stories:\n-\n  story: a\n  steps:\n  -\n    intent: x\n",
    "a name over two lines": "stories:\n- story: a very\n    long one\n  steps:\n  - intent: x\n",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_whatever_a_file_looks_like_its_bytes_stay(text: str) -> None:
    body = text.removeprefix("\ufeff")
    assert strict(body) is not None

    appended(text, NEW, replace(STORY, name="a"))


def test_an_empty_text_becomes_a_whole_file() -> None:
    assert append("", "stories.yml", [NEW]).text == story_yaml.dump([NEW])
    assert append("", "stories.md", [NEW]).text == story_markdown.dump([NEW])


def test_an_addition_looks_like_what_stands_around_it() -> None:
    before = (
        "stories:\n  - story: a\n    steps: []\n  - story: b\n    steps:\n      - intent: x\n      # more\n"
    )
    after = "\n# rules\nrules: []\n"

    assert append(before + after, "stories.yml", [NEW], {"taught": "from session s"}).text == (
        f"{before}  # from session s\n"
        "  - story: taught\n    steps:\n    - intent: bye\n    - action: utter_bye\n"
        f"{after}"
    )


REFUSED = {
    "two documents": ("stories: []\n---\nstories: []\n", 2, "a second document"),
    "two lists": ("stories: []\nversion: '3.1'\nstories: []\n", 3, "second time"),
    "a name for another list": ("rules: &all []\nstories: *all\n", 2, "stands elsewhere"),
    "a list that something else shares": (
        "stories: &all\n- story: a\n  steps:\n  - intent: x\nmore: *all\n",
        None,
        "without changing",
    ),
    "a word": ("stories: none\n", 1, "expected a list"),
    "a mapping": ("stories:\n  a: 1\n", 2, "expected a list"),
    "tabs at the beginnings": ("stories:\n\t- story: a\n", 2, "not with tabs"),
    "no YAML": ("stories:\n- story: a\n steps: [\n", 3, "not YAML"),
    "a pipeline": ("language: en\npipeline: []\n", None, "no training data"),
    "a list at the top": ("- story: a\n", 1, "expected sections"),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_where_nothing_can_be_added_the_reason_and_the_line_are_said(
    text: str, line: int | None, reason: str
) -> None:
    with pytest.raises(NotationError, match=reason) as error:
        append(text, "bot/stories.yml", [NEW])

    assert (error.value.file, error.value.line) == ("bot/stories.yml", line)


@pytest.mark.parametrize("name", ["stories.yml", "stories.md"])
def test_a_name_that_is_taken_gets_a_number_at_every_run(name: str) -> None:
    text = ""
    for number in range(3):
        story = Story("interactive_story_1", (UserStep("greet"), ActionStep(f"utter_{number}")))
        text = appended(text, story, name=name)

    loads = story_markdown.loads if name.endswith(".md") else story_yaml.loads
    assert [story.name for story in loads(text).stories] == [
        "interactive_story_1",
        "interactive_story_1 (2)",
        "interactive_story_1 (3)",
    ]


def test_what_is_there_already_is_not_added_again() -> None:
    once = append("", "stories.yml", [STORY, NEW]).text

    again = append(once, "stories.yml", [replace(NEW, name="other"), STORY])

    assert again.text == once
    assert (again.added, again.known) == ((), ("other", "a greeting"))


def test_what_a_notation_has_no_words_for_is_said() -> None:
    story = Story("from A to B", (UserStep("go", (StoryEntity("city", "A", role="from"),)), ActionStep("x")))

    result = append("## a\n* b\n  - c\n", "stories.md", [story, NEW])

    assert result.added == ("taught",)
    assert [problem.message for problem in result.problems] == [
        "story 'from A to B' is not added: the notation of this file has no words for it"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "## a\n* b\n  - c",
        "## a\r\n* b\r\n  - c\r\n\r\n",
        "\ufeff## a\n* b\n  - c\n> end\n",
        "<!-- nothing yet -->\n",
        "## a\n* b\n  - c <!-- a\nb -->",
        ">> a rule\n* b\n  - c\n",
    ],
)
def test_markdown_is_appended_to(text: str) -> None:
    appended(text, NEW, name="stories.md")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("## a\n* b\n  - c\n<!-- not ended\n", "stories.md:4: a comment begins here"),
        ("## intent:greet\n- hello\n", "stories.md: holds no stories"),
        ("# Read me\n\n- first\n", "stories.md: holds no training data"),
    ],
)
def test_markdown_of_another_kind_is_left_alone(text: str, reason: str) -> None:
    with pytest.raises(NotationError) as error:
        append(text, "stories.md", [NEW])

    assert str(error.value).startswith(reason)


def test_a_test_file_takes_tests() -> None:
    assert story_yaml.loads(append("", "test_a.yml", [NEW]).text, "test_a.yml").stories[0].is_test


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Files of stories as people write them: sections in any order, any indentation, comments anywhere."""
    sections = draw(st.permutations(["stories", "rules", "version", "responses", "nlu"]))
    lines: list[str] = []
    for section in sections[: draw(st.integers(0, 5))]:
        lines += draw(st.sampled_from(_SECTIONS[section])).splitlines()
    noise = st.sampled_from(["", "# note", "  # note", "      # note", "   "])
    for place in draw(st.lists(st.integers(0, 40), max_size=3)):
        lines.insert(min(place, len(lines)), draw(noise))
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    trailing = draw(st.sampled_from(["", " ", "  "]))
    text = "".join(f"{line}{trailing}{ends}" for line in lines)
    return draw(st.sampled_from(["", "\ufeff"])) + (text if draw(st.booleans()) else text.rstrip("\r\n"))


def _indented(step: int) -> str:
    """Stories whose lists are indented by `step`."""
    outer, inner = " " * step, " " * (2 * step + 2)
    return dedent(
        f"""\
        stories:
        {outer}- story: a greeting
        {outer}  steps:
        {inner}- intent: greet   # who
        {inner}- action: utter_greet
        {inner}- slot_was_set:
        {inner}  - city: "Köln 👍"
        {outer}- story: |-
        {outer}    another
        {outer}  steps:
        {inner}- user: |
        {inner}    [Berlin](city) or what
        {inner}- action: utter_bye
        """
    )


_SECTIONS = {
    "stories": [
        *map(_indented, (0, 2, 4)),
        "stories:",
        "stories: []",
        "stories: [{story: a, steps: [intent: b]}]",
    ],
    "rules": [
        "rules:\n  - rule: r\n    steps:\n      - intent: x\n      - action: y",
        "rules:\n- rule: q\n  steps:\n  - intent: x",
        "rules: []",
    ],
    "version": ['version: "3.1"', "version: 2"],
    "responses": [
        "responses:\n  utter_x:\n    - text: |\n        a\n\n        b\n",
        "responses:\n  utter_x:\n  - text: >+\n      a\n\n",
        "responses: {}",
    ],
    "nlu": ["nlu:\n- intent: a\n  examples: |\n    - b\n    - c", "nlu:\n"],
}


@settings(max_examples=60, deadline=None)
@given(texts(), told.stories)
def test_of_any_file_all_is_kept_and_all_new_is_read(text: str, stories: tuple[Story, ...]) -> None:
    try:
        before = story_yaml.loads(text.removeprefix("\ufeff"))
    except NotationError:  # noise inside a text
        return

    result = append(text, "stories.yml", stories)

    assert_kept(text, result.text)
    after = story_yaml.loads(result.text.removeprefix("\ufeff"))
    new = after.stories[len(before.stories) :]
    assert (after.stories[: len(before.stories)], after.rules) == (before.stories, before.rules)
    assert [story.name for story in new] == list(result.added)
    assert len(result.added) + len(result.known) + len(result.problems) == len(stories)
    assert {repr(s.steps) for s in stories} >= {repr(s.steps) for s in new}
    assert len({story.name for story in after.stories}) == len(after.stories)


@settings(max_examples=60, deadline=None)
@given(told.markdown_stories, told.markdown_stories, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_of_any_markdown_all_is_kept_and_all_new_is_read(
    old: tuple[Story, ...], new: tuple[Story, ...], ends: str, ended: bool
) -> None:
    text = story_markdown.dump(old).replace("\n", ends)
    text = text if ended else text.rstrip()

    result = append(text, "stories.md", new)

    assert_kept(text, result.text)
    after = story_markdown.loads(result.text).stories
    assert after[: len(old)] == old
    assert len(after) == len(old) + len(result.added)
    assert len(result.added) + len(result.known) + len(result.problems) == len(new)
