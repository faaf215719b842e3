"""Stories in Markdown, as Rasa wrote them before YAML (0.8 to 2.8), with everything that went wrong in it.

A story whose messages have words (`* intent: words`) is a test story. Lines that begin with `form: ` are
what a form did by itself: a story for training leaves them out, a test story keeps them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Final

from recorder.errors import NotationError
from recorder.formats import annotated_text
from recorder.formats.markdown_lines import lines_of
from recorder.formats.markdown_steps import FORM, has_words, json_object, read_step, short
from recorder.formats.problems import Findings
from recorder.formats.story_file import StoryFile, changed, join, marked_spans
from recorder.formats.yaml_writer import printable
from recorder.stories.story import (
    ActionStep,
    CheckpointStep,
    EventStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    UserStep,
    unique_names,
)

MAX_LINE: Final = 100_000
"""Characters; a longer line is no step that anybody wrote."""

_HEADER: Final = re.compile(r"(#+|>>)\s*(.*)")
_HEADER_OR_JSON: Final = re.compile(r"##+(?=\s)|\{")


@dataclass(slots=True)
class _Block:
    """The raw lines of a story or rule."""

    line: int
    mark: str
    name: str
    lines: list[tuple[int, str]] = field(default_factory=list)


def loads(text: str, name: str = "") -> StoryFile:
    """Read a text; a story with a line that cannot be read is left out and reported."""
    findings = Findings(name)
    stories: list[Story] = []
    rules: list[Rule] = []
    for block in _blocks(text, findings):
        try:
            told = _told(block, findings)
        except NotationError as error:
            findings.add(error.line, f"{error.message}; '{block.name}' is left out")
            continue
        if isinstance(told, Rule):
            rules.append(told)
        elif told is not None:
            stories.append(told)
    return StoryFile(tuple(stories), tuple(rules), findings.problems)


def _blocks(text: str, findings: Findings) -> list[_Block]:
    """The text cut at its headers; a header stuck to the story before it is found and reported."""
    blocks: list[_Block] = []
    follows = False
    for line, content in _unglued(lines_of(text, findings), findings):
        header = _HEADER.match(content)
        if header:
            if follows:
                findings.add(
                    line, f"header glued to the story before it: {content!r}; an empty line belongs between"
                )
            blocks.append(_Block(line, header[1], header[2].strip(" #")))
        elif content[:1] in ("*", "-", ">") and blocks:
            blocks[-1].lines.append((line, content))
        elif content:
            findings.add(
                line, f"expected `## name`, `* intent`, `- action` or `> checkpoint`, not {short(content)}"
            )
        follows = content[:1] in ("*", "-", ">")
    return blocks


def _unglued(lines: Iterable[tuple[int, str]], findings: Findings) -> Iterator[tuple[int, str]]:
    """The lines, with a `## header` in the middle of a step's line on a line of its own."""
    for line, content in lines:
        step, header = _cut(content)
        yield line, step
        if header:
            yield line, header


def _cut(content: str) -> tuple[str, str]:
    """A step's line up to a `## header` in it, and the header; neither JSON nor words are searched."""
    if content[:1] not in ("*", "-") or "##" not in content or len(content) > MAX_LINE or has_words(content):
        return content, ""
    place = 0
    while (found := _HEADER_OR_JSON.search(content, place)) and found[0] == "{":
        try:
            place = len(content) - len(json_object(content[found.start() :])[1])
        except ValueError:
            return content, ""
    return (content[: found.start()].strip(), content[found.start() :]) if found else (content, "")


def _told(block: _Block, findings: Findings) -> Story | Rule | None:
    """Raises NotationError where a line cannot be read."""
    is_test = any(has_words(content) for _, content in block.lines)
    lined: list[tuple[int, Step]] = []
    for line, content in block.lines:
        if len(content) > MAX_LINE:
            raise NotationError(f"a line longer than {MAX_LINE:,} characters", line=line)
        mark, content = content[0], content[1:].strip()
        if FORM.match(content):
            if not is_test:
                continue
            content = FORM.sub("", content, count=1)
        try:
            step = read_step(mark, content, is_first=not lined, report=partial(findings.add, line))
        except ValueError as error:
            raise NotationError(str(error), line=line) from None
        if step is not None:
            lined.append((line, step))
    if not lined:
        if block.mark in ("##", ">>"):
            findings.add(block.line, f"story '{block.name}' has no steps and is left out")
        return None
    if not block.name:
        findings.add(block.line, "this story has no name")
    steps, lines = join(block.line, lined)
    if block.mark == ">>":
        return Rule(block.name, steps, lines=lines)
    return Story(block.name, steps, is_test=is_test, lines=lines)


def dump(stories: Iterable[Story], comments: Mapping[str, str] | None = None) -> str:
    """The text of a file of stories, as Rasa 1 reads it.

    Names that repeat are numbered. What the notation has no words for is left out: see `unwritable`.

    Args:
        comments: name of a story -> what to write on a line above it; any text.
    """
    return dump_told([(story, _steps_text(story)) for story in stories], comments or {})


def steps_text(steps: Iterable[Step]) -> str | None:
    """The lines that tell a story's steps, for `dump_told`; None where the notation has no words for them."""
    story = Story("story", tuple(steps))
    return None if unwritable([story]) else _steps_text(story)


def dump_told(told: Iterable[tuple[Story, str]], comments: Mapping[str, str]) -> str:
    """As `dump`, of stories whose steps are written already: their own steps are not looked at."""
    given = list(told)
    return "\n".join(
        (_comment(comments[old.name]) if old.name in comments else "") + f"## {printable(new.name)}\n{text}"
        for (old, text), new in zip(given, unique_names(story for story, _ in given), strict=True)
    )


def unwritable(stories: Iterable[Story]) -> tuple[str, ...]:
    """Names of the stories that are not the same after `dump` and `loads`.

    Those with roles or groups, words without an intent, and the like.
    """
    return changed(stories, lambda story: loads(dump([story])))


def _comment(text: str) -> str:
    harmless = printable(text).replace("-->", "--\\u003e")
    return f"<!-- {harmless} -->\n"


def _steps_text(story: Story) -> str:
    return "".join(f"{line}\n" for step in story.steps for line in _step_lines(step, is_test=story.is_test))


def _step_lines(step: Step, *, is_test: bool) -> Iterator[str]:
    match step:
        case UserStep(intent=str(intent), text=str(text)) if is_test:
            spans = marked_spans(step)
            if annotated_text.can_be_written(text, spans):
                yield f"* {intent}: {printable(annotated_text.render(text, spans))}"
        case UserStep(intent=str()):
            yield f"* {_message_text(step)}"
        case OrStep(alternatives=alternatives):
            messages = [
                _message_text(one) for one in alternatives if isinstance(one, UserStep) and one.intent
            ]
            if messages:
                yield f"* {' OR '.join(messages)}"
        case ActionStep(name=name):
            yield f"    - {printable(name)}"
        case SlotStep(slots=slots):
            yield from (f"    - slot{_json_text({name: value})}" for name, value in slots)
        case LoopStep(name=loop):
            yield f"    - form{_json_text({'name': loop})}"
        case EventStep(kind=kind, data=data):
            yield f"    - {kind}{_json_text(data) if data else ''}"
        case CheckpointStep(name=name, conditions=conditions):
            yield f"> {printable(name)}{_json_text(dict(conditions)) if conditions else ''}"


def _message_text(step: UserStep) -> str:
    """`intent{"entity": value}`; several values of one entity are a list."""
    by_name = {
        name: [entity.value for entity in entities]
        for name, entities in groupby(step.entities, key=lambda entity: entity.entity)
    }
    values = {
        name: found[0] if len(found) == 1 and not isinstance(found[0], list) else found
        for name, found in by_name.items()
    }
    return f"{step.intent}{_json_text(values) if values else ''}"


def _json_text(value: Mapping[str, Any]) -> str:
    """JSON on one line that holds no comment's beginning."""
    return json.dumps(value, ensure_ascii=False).replace("<!--", "\\u003c!--")
