"""Every story, NLU and domain file of the real bots."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.dialogue.nlu import NluData
from recorder.formats import domain_yaml, nlu_yaml, story_markdown, story_yaml, training_text
from recorder.formats.training_text import Content
from recorder.stories.story import unique_names


@pytest.fixture(scope="module")
def contents(shared: Path) -> dict[str, Content]:
    """What each file holds, by its path below the shared data."""
    files = [
        path for bot in shared.glob("bot-*") for path in bot.rglob("*") if path.suffix in (".yml", ".md")
    ]
    return {
        str(path.relative_to(shared)): training_text.read(path.read_text("utf-8"), path.name)
        for path in files
    }


def test_every_file_is_read_and_what_is_wrong_is_known(contents: dict[str, Content]) -> None:
    problems = {
        f"{path}:{problem.line}": problem.message.split(" (")[0]
        for path, content in contents.items()
        for problem in content.problems
    }

    assert problems == {
        "bot-rasa-examples/concertbot-md-2018/data/stories.md:36": (
            "header glued to the story before it: '## Generated Story 6575220025073800191';"
            " an empty line belongs between"
        ),
        "bot-rasa-examples/formbot-md-1x/data/nlu.md:210": "'[num_people]' looks like a broken annotation",
        "bot-financial-demo/md-2020-05/tests/conversation_tests.md:19": (
            "'[next week tuesday' looks like a broken annotation"
        ),
        "bot-cedextech-templates/06_hotel_bot/src/data/nlu.md:184": (
            "expected a line that begins with `- `, not 'contact number'"
        ),
    }


def test_only_configurations_and_notes_hold_nothing(contents: dict[str, Content]) -> None:
    nothing = {Path(path).name for path, content in contents.items() if not content.is_known}

    assert nothing == {"config.yml", "config-en.yml", "config-fi.yml", "SOURCE.md"}


@pytest.mark.parametrize(
    ("bot", "stories", "rules", "tests"),
    [
        ("bot-rasa-examples/concertbot-md-2018", 8, 0, 0),
        ("bot-rasa-examples/concertbot-yaml-3x", 6, 5, 0),
        ("bot-rasa-examples/formbot-md-1x", 16, 0, 3),
        ("bot-financial-demo/md-2020-05", 21, 0, 12),
        ("bot-financial-demo/yaml-2022", 19, 20, 48),
        ("bot-carbon/md-before-convert/data", 51, 0, 0),
        ("bot-carbon/yaml-after-convert/data", 51, 0, 0),
        ("bot-cedextech-templates", 173, 0, 0),
        ("bot-course3x", 17, 17, 21),
    ],
)
def test_as_many_stories_are_found_as_there_are(
    contents: dict[str, Content], bot: str, stories: int, rules: int, tests: int
) -> None:
    found = [content for path, content in contents.items() if path.startswith(f"{bot}/")]
    told = [story for content in found for story in content.stories]

    assert sum(not story.is_test for story in told) == stories
    assert sum(story.is_test for story in told) == tests
    assert sum(len(content.rules) for content in found) == rules


def test_both_sides_of_a_conversion_by_rasa_itself_are_equal(contents: dict[str, Content]) -> None:
    markdown = contents["bot-carbon/md-before-convert/data/stories.md"].stories
    yaml = contents["bot-carbon/yaml-after-convert/data/stories.yml"].stories

    assert markdown == yaml
    assert len(yaml) == 51


def test_all_stories_are_the_same_after_writing_and_reading(contents: dict[str, Content]) -> None:
    for path, content in contents.items():
        stories, rules = unique_names(content.stories), unique_names(content.rules)
        name = "test_stories.yml" if any(story.is_test for story in stories) else "stories.yml"

        again = story_yaml.loads(story_yaml.dump(content.stories, content.rules), name)

        assert (again.stories, again.rules) == (stories, rules), path
        assert not story_yaml.unwritable(stories), path


def test_stories_from_markdown_are_the_same_after_writing_markdown(contents: dict[str, Content]) -> None:
    for path, content in contents.items():
        if path.endswith(".md"):
            again = story_markdown.loads(story_markdown.dump(content.stories))

            assert again.stories == unique_names(content.stories), path


def test_all_nlu_data_is_the_same_after_writing_and_reading(contents: dict[str, Content]) -> None:
    for path, content in contents.items():
        if content.nlu:
            again = nlu_yaml.loads(nlu_yaml.dump(content.nlu)).data

            assert _by_intent(again) == _by_intent(content.nlu), path
            assert (again.synonyms, again.regexes, again.lookups) == (
                content.nlu.synonyms,
                content.nlu.regexes,
                content.nlu.lookups,
            ), path


def test_domains_settle_after_writing_and_reading(contents: dict[str, Content]) -> None:
    for path, content in contents.items():
        if content.domain:
            text = domain_yaml.dump(content.domain)
            again = domain_yaml.loads(text).domain

            assert domain_yaml.dump(again) == text, path
            assert again.action_names == content.domain.action_names, path


def _by_intent(data: NluData) -> list[tuple[object, ...]]:
    return sorted((one.intent, one.text, one.entities, str(one.metadata)) for one in data.examples)
