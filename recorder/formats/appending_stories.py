"""Stories appended to a file of stories, in YAML or in legacy Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from recorder.errors import NotationError
from recorder.formats import story_markdown, story_yaml
from recorder.formats.appending import (
    Appended,
    Notation,
    checked,
    content_of,
    notation_of,
    refused,
    without_mark,
)
from recorder.formats.line_breaks import line_break_of, with_break
from recorder.formats.markdown_lines import unended_comment
from recorder.formats.problems import Problem
from recorder.formats.story_file import StoryFile, changed
from recorder.formats.training_text import Content
from recorder.formats.yaml_insertions import Item, YamlInsertions
from recorder.stories.story import Story, unique_names


def append(
    text: str, name: str, stories: Sequence[Story], comments: Mapping[str, str] | None = None
) -> Appended:
    """The text with these stories at the end of its stories.

    A story that has the steps of one that is there is not added; a name that is taken gets a number.
    In a file of tests (`test_….yml`) they are tests.

    Args:
        text: of the file; "" where there is none yet.
        name: of the file, for messages; it says which notation is to be used.
        comments: name of a story -> what to write on a line above it; any text.

    Raises:
        NotationError: the text cannot be read, or nothing can be added to it.
    """
    notation = notation_of(text, name)
    if notation == "json":
        raise NotationError("stories are not written in JSON: name a .yml or .md file", file=name)
    content = content_of(text, name)
    if notation == "markdown" and (content.nlu or content.domain):
        raise NotationError("holds no stories, and in Markdown nothing else may stand in one file", file=name)
    new, known, problems = _sorted_out(stories, content, notation, name)
    told = _named(new, content)
    if not told:
        return Appended(text, (), known, problems)
    given = comments or {}
    notes = {one.name: given[old.name] for old, one in zip(new, told, strict=True) if old.name in given}
    write = _markdown if notation == "markdown" else _yaml
    result = write(text, name, told, notes, content)
    return Appended(result, tuple(one.name for one in told), known, problems)


def _sorted_out(
    stories: Sequence[Story], content: Content, notation: Notation, name: str
) -> tuple[list[Story], tuple[str, ...], tuple[Problem, ...]]:
    """Those to add, as they will be read; names of those that are there; why others cannot be written."""
    there = {_steps(story) for story in content.stories}
    new: list[Story] = []
    known, problems = [], []
    for story in stories:
        fitting = _fitting(story, notation, name)
        if changed([fitting], partial(_written_and_read, notation=notation, name=name)):
            message = f"story '{story.name}' is not added: the notation of this file has no words for it"
            problems.append(Problem(name, None, message))
            continue
        (read,) = _written_and_read(fitting, notation=notation, name=name).stories
        if _steps(read) in there:
            known.append(story.name)
        else:
            there.add(_steps(read))
            new.append(read)
    return new, tuple(known), tuple(problems)


def _fitting(story: Story, notation: Notation, name: str) -> Story:
    """As far as the file can tell it: in YAML its name says what is a test, Markdown has no metadata."""
    if notation == "markdown":
        return replace(story, metadata=None)
    return replace(story, is_test=PurePath(name).name.startswith(story_yaml.TEST_PREFIX))


def _written_and_read(story: Story, *, notation: Notation, name: str) -> StoryFile:
    if notation == "markdown":
        return story_markdown.loads(story_markdown.dump([story]), name)
    return story_yaml.loads(story_yaml.dump([story]), name)


def _steps(story: Story) -> str:
    return repr((story.is_test, story.steps))


def _named(new: Sequence[Story], content: Content) -> tuple[Story, ...]:
    """The same, each with a name that no other story or rule of the file has."""
    names = [*(story.name for story in content.stories), *(rule.name for rule in content.rules)]
    taken = [Story(name, ()) for name in dict.fromkeys(names)]
    return unique_names((*taken, *new))[len(taken) :]


def _markdown(
    text: str, name: str, told: Sequence[Story], comments: Mapping[str, str], content: Content
) -> str:
    if line := unended_comment(text):
        raise NotationError("a comment begins here and never ends: expected `-->`", file=name, line=line)
    line_break = line_break_of(text)
    more = story_markdown.dump(told, comments).replace("\n", line_break)
    result = f"{with_break(text)}{line_break if without_mark(text)[0] else ''}{more}"
    found = story_markdown.loads(result, name)
    if found[:2] != ((*content.stories, *told), content.rules):
        raise refused(name, "stories")
    return result


def _yaml(text: str, name: str, told: Sequence[Story], comments: Mapping[str, str], content: Content) -> str:
    text, mark = without_mark(text)
    if not text.strip() or content.document is None:
        return mark + with_break(text) + story_yaml.dump(told, (), comments)
    insertions = YamlInsertions(text, content.document)
    items = [Item(story_yaml.item(one), story_yaml.written(one, comments.get(one.name))) for one in told]
    insertions.extend_section("stories", items, spaced=True)
    document = checked(insertions, "stories")
    if story_yaml.read(document)[:2] != ((*content.stories, *told), content.rules):
        raise refused(name, "stories")
    return mark + insertions.result()
