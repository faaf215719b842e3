"""What a file of stories amounts to, whatever its notation, and what the notations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from recorder.dialogue.nlu import EntitySpan
from recorder.errors import NotationError
from recorder.formats.problems import Problem
from recorder.stories.story import Rule, SlotStep, Step, Story, StoryEntity, UserStep


class StoryFile(NamedTuple):
    """Stories, test stories among them, and rules, in the order of the file."""

    stories: tuple[Story, ...] = ()
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()


def join(head: int, lined: Sequence[tuple[int, Step]]) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """The steps of a story and its lines (see `Story.lines`).

    Slot steps that follow each other become one: they mean the same, and notations differ in how they
    are cut.

    Args:
        head: the line of the story's name.
        lined: each step with its line.
    """
    steps: list[Step] = []
    lines = [head]
    for line, step in lined:
        if isinstance(step, SlotStep) and steps and isinstance(steps[-1], SlotStep):
            steps[-1] = SlotStep(steps[-1].slots + step.slots)
        else:
            steps.append(step)
            lines.append(line)
    return tuple(steps), tuple(lines)


def placed(span: EntitySpan) -> StoryEntity:
    """An entity marked in a step's words."""
    return StoryEntity(span.entity, span.value, span.role, span.group, span.start, span.end)


def marked_spans(step: UserStep) -> tuple[EntitySpan, ...]:
    """The entities that stand in a step's words."""
    return tuple(
        EntitySpan(e.start, e.end, e.entity, str(e.value), e.role, e.group)
        for e in step.entities
        if e.start is not None and e.end is not None
    )


def changed(stories: Iterable[Story], written_and_read: Callable[[Story], StoryFile]) -> tuple[str, ...]:
    """Names of the stories that a notation cannot hold, found by writing and reading each."""
    return tuple(story.name for story in stories if not _survives(story, written_and_read))


def _survives(story: Story, written_and_read: Callable[[Story], StoryFile]) -> bool:
    joined = replace(story, steps=join(0, [(0, step) for step in story.steps])[0])
    try:
        return written_and_read(story).stories == (joined,)
    except NotationError:  # a value nested deeper than is ever read
        return False
