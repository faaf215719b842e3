"""Run end-to-end test stories: the model hears each message and is asked for each action.

After a wrong answer the story's own goes on, so that one error is counted once. Custom actions are not
run unless they are given: what they bring about is what the story says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.actions.anywhere import Actions
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import replay
from recorder.errors import CasesUnusable, OutputUnwritable
from recorder.formats import remarked_stories, training_text
from recorder.formats.problems import Problem
from recorder.formats.remarked_stories import Remarked
from recorder.learning.model import Model
from recorder.services import training_files
from recorder.services.walking import Walk
from recorder.store.drafts import drafting, settle, write_through
from recorder.stories import events, outcome
from recorder.stories.outcome import Outcome
from recorder.stories.story import Story


@dataclass(frozen=True, slots=True)
class Case:
    """A test story, and the file that it was read from."""

    file: str
    story: Story


@dataclass(frozen=True, slots=True)
class Told:
    """A test story, and how its steps went, in order; those of all ways, where it has alternatives."""

    file: str
    story: Story
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        return all(outcome.passed for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Report:
    model: str
    stories: tuple[Told, ...]
    problems: tuple[Problem, ...] = ()
    """What could not be read in the files of test stories, and stories that test nothing."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(outcome for told in self.stories for outcome in told.outcomes)

    @property
    def share(self) -> float:
        """Of the steps, those that passed; 1.0 where there are none."""
        counts = outcome.count(self.outcomes)
        return counts["steps passed"] / counts["steps"] if counts["steps"] else 1.0


def read(paths: Iterable[Path], domain: Domain) -> tuple[list[Case], tuple[Problem, ...]]:
    """The test stories of files and folders, and what is wrong with their files.

    In a folder, test stories are those that look like it; of a file that is named, all are.

    Raises:
        CasesUnusable: a path or a file cannot be read, or there is no story in them.
    """
    named = [str(path) for path in paths]
    files = training_files.read(named)
    if files.unreadable:
        places = ((f"{p.file}:{p.line}" if p.line else p.file, p.message) for p in files.unreadable)
        raise CasesUnusable("\n".join(f"{place}: {message}" for place, message in places))
    tests: list[Case] = []
    problems: list[Problem] = []
    for file in files.files:
        content = training_text.with_domain(file.content, domain) if file.content.stories else file.content
        own = [story for story in content.stories if story.is_test or file.path in named]
        tests += (Case(file.path, story) for story in own)
        if own or file.path in named:
            problems += content.problems
    if not tests:
        raise CasesUnusable("There is no test story in " + ", ".join(named) + ".")
    return tests, tuple(problems)


def run(
    model: Model,
    tests: Sequence[Case],
    *,
    actions: Actions | None = None,
    problems: tuple[Problem, ...] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Ask the model at each step of the stories, joined at checkpoints, with each alternative.

    Args:
        actions: run for what they bring about; None: the stories say it.
        progress: takes how many ways through the stories are done, and of how many.
    """
    found: dict[int, list[Outcome]] = {id(test.story): [] for test in tests}
    paths = [path for file in _by_file(tests) for path in events.paths_of(file, model.domain)]
    walked: dict[tuple[int, int, int, str], int] = {}
    for done, path in enumerate(paths, 1):
        walk = Walk(model, actions, replay(path.begun, model.domain), walked)
        for one in walk.through(path.steps):
            found[id(one.story)].append(one)
        progress(done, len(paths))
    stories = tuple(Told(test.file, test.story, tuple(found[id(test.story)])) for test in tests)
    return Report(
        model.id, stories, (*problems, *map(_tests_nothing, (t for t in stories if not t.outcomes)))
    )


def _tests_nothing(told: Told) -> Problem:
    """It never begins, since its checkpoints lead round in a circle, or has neither words nor actions."""
    line = told.story.lines[0] if told.story.lines else None
    return Problem(told.file, line, f"story '{told.story.name}' tests nothing: no step of it was asked for")


def _by_file(tests: Sequence[Case]) -> list[list[Story]]:
    files: dict[str, list[Story]] = {}
    for test in tests:
        files.setdefault(test.file, []).append(test.story)
    return list(files.values())


def results(report: Report) -> dict[str, bytes]:
    """Files, by the names that Rasa gives them: stories that failed, that passed, and those of them that
    passed with an answer the model was not sure of. Beside each such step stands what was predicted.
    """
    failed = [_remarked(told, remarked_stories.predicted) for told in report.stories if not told.passed]
    passed = [told for told in report.stories if told.passed]
    unsure = [_remarked(t, remarked_stories.unsure) for t in passed if any(o.is_unsure for o in t.outcomes)]
    texts = {
        "failed_test_stories.yml": remarked_stories.dump(failed, "No test story failed."),
        "successful_test_stories.yml": remarked_stories.dump(
            (Remarked(told.story, _place(told), {}) for told in passed), "No test story passed."
        ),
        "stories_with_warnings.yml": remarked_stories.dump(
            unsure, "The model was sure of all that was right."
        ),
    }
    return {name: text.encode() for name, text in texts.items()}


def write(report: Report, out: Path) -> None:
    """Write `results` into a folder; earlier ones are replaced.

    Raises:
        OutputUnwritable: no room, no rights; what was there is as it was.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with drafting(out) as drafts:
            files = results(report)
            for name, content in files.items():
                write_through(drafts / name, content)
            for name in files:
                (drafts / name).replace(out / name)
            settle(out)
    except OSError as error:
        raise OutputUnwritable(out, error.strerror or str(error)) from error


def _remarked(told: Told, remark: Callable[[Outcome], str]) -> Remarked:
    """The story with a remark at each step that failed; where it passed, at each unsure one."""
    remarks: dict[int, dict[str, None]] = {}
    for one in told.outcomes:
        if one.is_unsure if told.passed else not one.passed:
            remarks.setdefault(one.place, {})[remark(one)] = None
    return Remarked(told.story, _place(told), {place: "; ".join(said) for place, said in remarks.items()})


def _place(told: Told) -> str:
    return f"{told.file}:{told.story.lines[0]}" if told.story.lines else told.file
