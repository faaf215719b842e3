"""Say what files of training data hold, and what in them does not fit together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recorder.dialogue.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    DEFAULT_LOOPS,
    DEFAULT_SLOTS,
    Domain,
)
from recorder.dialogue.nlu import Example
from recorder.formats.problems import Problem
from recorder.services import exported, training_files
from recorder.services.training_files import TrainingFile, TrainingFiles
from recorder.stories.story import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    Story,
    UserStep,
)

LEGACY_ACTIONS: Final = ("action_deactivate_form",)
"""Actions that assistants had before Rasa 2 without listing them."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: counts, and all problems by file and line."""

    stories: int
    rules: int
    tests: int
    intents: int
    """Different names, in domains and NLU data."""
    examples: int
    problems: tuple[Problem, ...]
    files: tuple[TrainingFile, ...] = ()


def validate(paths: Iterable[str | Path]) -> Report:
    """Read files and folders and check them against each other.

    What stories use is checked when there is a domain among the paths, examples against intents when
    there is NLU data.
    """
    files = training_files.read(paths)
    domain = files.domain
    intents = {example.intent for _, example in _examples(files)} | set(domain.intent_names if domain else ())
    return Report(
        stories=len(files.stories),
        rules=len(files.rules),
        tests=len(files.tests),
        intents=len(intents),
        examples=sum(1 for _ in _examples(files)),
        problems=problems_of(files),
        files=files.files,
    )


def problems_of(files: TrainingFiles) -> tuple[Problem, ...]:
    """What is wrong with each file, and between them; by file, then by line."""
    problems = (
        *files.problems,
        *_duplicate_names(files),
        *_examples_of_two_intents(files),
        *_broken_regexes(files),
        *_broken_exports(files),
    )
    if (domain := files.domain) is not None:
        problems += (*_unknown_in_stories(files, domain), *_intents_and_examples(files, domain))
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))


def _broken_exports(files: TrainingFiles) -> Iterator[Problem]:
    read = {Path(file.path) for file in files.files}
    for folder in dict.fromkeys(path.parent for path in read):
        yield from (problem for problem in exported.problems(folder) if Path(problem.file) in read)


def _told(file: TrainingFile) -> tuple[Story | Rule, ...]:
    return (*file.content.stories, *file.content.rules)


def _examples(files: TrainingFiles) -> Iterator[tuple[str, Example]]:
    for file in files.files:
        if file.content.nlu:
            yield from ((file.path, example) for example in file.content.nlu.examples)


def _duplicate_names(files: TrainingFiles) -> Iterator[Problem]:
    first: dict[tuple[str, str], str] = {}
    for file in files.files:
        for told in _told(file):
            kind = "rule" if isinstance(told, Rule) else "test story" if told.is_test else "story"
            line = told.lines[0] if told.lines else None
            place = first.setdefault((kind, told.name), f"{file.path}:{line}")
            if place != f"{file.path}:{line}":
                yield Problem(file.path, line, f"{kind} '{told.name}' has the name of the one in {place}")


def _examples_of_two_intents(files: TrainingFiles) -> Iterator[Problem]:
    first: dict[str, tuple[str, str]] = {}
    for path, example in _examples(files):
        intent, place = first.setdefault(example.text, (example.intent, f"{path}:{example.line}"))
        if intent != example.intent:
            message = (
                f"{example.text[:60]!r} is an example of '{example.intent}', and of '{intent}' in {place}"
            )
            yield Problem(path, example.line, message)


def _broken_regexes(files: TrainingFiles) -> Iterator[Problem]:
    for file in files.files:
        for name, patterns in (file.content.nlu.regexes if file.content.nlu else {}).items():
            for pattern in patterns:
                try:
                    re.compile(pattern)
                except re.error as error:
                    message = f"{pattern[:60]!r} of regex '{name}' is no regular expression: {error}"
                    yield Problem(file.path, None, message)


def _intents_and_examples(files: TrainingFiles, domain: Domain) -> Iterator[Problem]:
    """Intents without examples, and examples whose intent no domain declares."""
    first: dict[str, Problem] = {}
    for path, example in _examples(files):
        message = f"intent '{example.intent}' has examples, but no domain declares it"
        first.setdefault(_base(example.intent), Problem(path, example.line, message))
    declared = {*domain.intent_names, *DEFAULT_INTENTS}
    yield from (problem for intent, problem in first.items() if intent not in declared)
    if not first:
        return
    for file in files.files:
        for intent in file.content.domain.intents if file.content.domain else ():
            if intent.name not in first and intent.name not in DEFAULT_INTENTS:
                yield Problem(file.path, intent.line, f"intent '{intent.name}' has no examples")


def _unknown_in_stories(files: TrainingFiles, domain: Domain) -> Iterator[Problem]:
    """Names that stories use and no domain declares: one problem for each name and file."""
    is_known = _known(domain)
    for file in files.files:
        places: dict[tuple[str, str], list[tuple[int | None, str]]] = {}
        for told in _told(file):
            for line, kind, name in _uses(told):
                if not is_known[kind](name):
                    places.setdefault((kind, name), []).append((line, told.name))
        for (kind, name), found in places.items():
            line, story = found[0]
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            yield Problem(file.path, line, f"no domain declares {kind} '{name}' (in '{story}'{more})")


def _known(domain: Domain) -> dict[str, Callable[[str], bool]]:
    retrieval = {prefix + _base(name[6:]) for name in domain.responses for prefix in ("utter_", "respond_")}
    names = {
        "intent": {*domain.intent_names, *DEFAULT_INTENTS},
        "entity": {entity.name for entity in domain.entities},
        "action": {*domain.action_names, *DEFAULT_ACTIONS, *LEGACY_ACTIONS, *retrieval},
        "slot": {*domain.slot_names, *DEFAULT_SLOTS},
        "form": {*(form.name for form in domain.forms), *DEFAULT_LOOPS},
    }
    return {kind: known.__contains__ for kind, known in names.items()}


def _uses(told: Story | Rule) -> Iterator[tuple[int | None, str, str]]:
    """Line, kind and name of all that a story names."""
    head, *lines = told.lines or (None,) * (len(told.steps) + 1)
    for line, step in zip(lines, told.steps, strict=True):
        yield from ((line, kind, name) for kind, name in _names(step))
    for condition in told.condition if isinstance(told, Rule) else ():
        yield from ((head, kind, name) for kind, name in _names(condition))


def _names(step: Step) -> Iterator[tuple[str, str]]:
    match step:
        case UserStep(intent=intent, entities=entities):
            if intent:
                yield "intent", _base(intent)
            yield from (("entity", entity.entity) for entity in entities)
        case ActionStep(name=name):
            yield "action", name
        case SlotStep(slots=slots) | CheckpointStep(conditions=slots):
            yield from (("slot", name) for name, _ in slots)
        case LoopStep(name=str(name)):
            yield "form", name
        case OrStep(alternatives=alternatives):
            for alternative in alternatives:
                yield from _names(alternative)
        case _:
            pass


def _base(name: str) -> str:
    """`faq` of `faq/price`."""
    return name.partition("/")[0]
