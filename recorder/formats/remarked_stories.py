"""Test stories in YAML with remarks beside steps: `# predicted: utter_greet`, as Rasa writes results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recorder.formats import annotated_text, story_yaml, yaml_writer
from recorder.formats.story_file import marked_spans
from recorder.stories.outcome import Outcome
from recorder.stories.story import Story, UserStep


class Remarked(NamedTuple):
    story: Story
    comment: str
    """For the line above it."""
    remarks: Mapping[int, str]
    """Place of a step -> what to say beside it."""


def dump(stories: Iterable[Remarked], none: str) -> str:
    """The text of a file; of one without stories, with `none` as its remark.

    Names stay as they are, steps that the notation has no words for are left out.
    """
    told = [
        yaml_writer.comment(one.comment)
        + yaml_writer.dumps([{"story": one.story.name}])
        + "  steps:\n"
        + "".join(f"  {line}\n" for line in _lines(one))
        for one in stories
    ]
    if not told:
        return f'version: "3.1"\n\n{yaml_writer.comment(none)}stories: []\n'
    return 'version: "3.1"\n\nstories:\n' + "\n".join(told)


def predicted(outcome: Outcome) -> str:
    """What to say beside a step that failed."""
    if outcome.kind == "message" and outcome.heard is not None:
        return f"predicted: {outcome.predicted}: {_marked(outcome.heard)}"
    after = " after it" if outcome.kind == "wait" else ""
    return f"predicted{after}: {outcome.predicted}"


def unsure(outcome: Outcome) -> str:
    """What to say beside a step that passed, but only just."""
    after = " to wait after it" if outcome.kind == "wait" else ""
    return f"unsure{after}: {outcome.confidence:.2f}"


def _lines(one: Remarked) -> Iterable[str]:
    for place, step in enumerate(one.story.steps):
        if item := story_yaml.step_item(step):
            first, *more = yaml_writer.dumps([item]).split("\n")[:-1]
            remark = f"  # {yaml_writer.printable(one.remarks[place])}" if place in one.remarks else ""
            yield first + remark
            yield from more


def _marked(step: UserStep) -> str:
    text, spans = step.text or "", marked_spans(step)
    return annotated_text.render(text, spans) if annotated_text.can_be_written(text, spans) else text
