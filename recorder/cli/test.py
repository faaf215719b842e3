"""`recorder test`: run end-to-end test stories against a trained model."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recorder.cli.options import (
    actions_of,
    actions_options,
    json_option,
    models_option,
    print_json,
    printable,
)
from recorder.cli.paths import ManyValues, paths_option
from recorder.cli.progress import progress_bar
from recorder.services import testing
from recorder.services.testing import Report, Told
from recorder.store.model_files import ModelFiles
from recorder.stories.outcome import Outcome, count

PARTS = ("steps", "messages", "intents", "entities", "actions", "waits", "slots")


@click.command("test", cls=ManyValues)
@paths_option("stories", "Test stories, YAML or Markdown", required=True)
@click.option("--model", default="latest", show_default=True, metavar="ID", help="Model to test.")
@actions_options
@click.option(
    "--min-pass",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    metavar="SHARE",
    help="Exit with 0 if at least this share of the steps passed.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for failed_test_stories.yml, successful_test_stories.yml and stories_with_warnings.yml, "
    "with `# predicted: …` beside each step that failed; earlier ones are replaced.",
)
@models_option
@json_option
def command(
    stories: tuple[Path, ...],
    model: str,
    actions: Path | None,
    endpoints: Path | None,
    min_pass: float,
    out: Path | None,
    models: Path,
    as_json: bool,
) -> int:
    """Run end-to-end test stories: the model hears every message and is asked for every action.

    In a folder, test stories are those in a YAML file whose name begins with test_, and Markdown stories
    whose messages have words; of a file that is named, all are. After a wrong answer the story's own goes
    on, so that one error is counted once. A step is a message (its intent, its entities), an action, the
    wait that ends a turn, or a slot that a message fills. Without --actions and --endpoints no custom
    action is run: what it brings about is what the story says.

    The exit code is 1 if any step failed, or any line of the files could not be read.
    """
    mind = ModelFiles(models).load(model)
    cases, problems = testing.read(stories, mind.domain)
    at_hand = actions_of(actions, endpoints) if actions or endpoints else None
    with progress_bar("Running test stories") as progress:
        report = testing.run(mind, cases, actions=at_hand, problems=problems, progress=progress)
    if out:
        testing.write(report, out)
    if as_json:
        print_json(_as_object(report))
    else:
        _print(report)
    return 1 if report.problems or report.share < min_pass else 0


def _as_object(report: Report) -> dict[str, Any]:
    return {
        "model": report.model,
        "stories": {"tested": len(report.stories), "passed": sum(told.passed for told in report.stories)},
        "counts": {name: {"checked": all_, "passed": passed} for name, all_, passed in _counts(report)},
        "tested": [_story(told) for told in report.stories],
        "problems": [{"file": p.file, "line": p.line, "message": p.message} for p in report.problems],
    }


def _story(told: Told) -> dict[str, Any]:
    return {
        "file": told.file,
        "line": told.story.lines[0] if told.story.lines else None,
        "story": told.story.name,
        "passed": told.passed,
        "steps": [
            {
                "line": one.line,
                "kind": one.kind,
                "expected": one.expected,
                "predicted": one.predicted,
                "confidence": one.confidence,
                "passed": one.passed,
                "faults": [{"reason": fault.reason, "message": fault.message} for fault in one.faults],
            }
            for one in told.outcomes
        ],
    }


def _counts(report: Report) -> list[tuple[str, int, int]]:
    counts = count(report.outcomes)
    return [(name, counts[name], counts[f"{name} passed"]) for name in PARTS if counts[name]]


def _print(report: Report) -> None:
    for problem in report.problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        print(printable(f"{place}: {problem.message}"), file=sys.stderr)
    console = Console()
    for told in report.stories:
        for one in told.outcomes:
            if not one.passed:
                console.print(Text(printable(_line(told, one))), soft_wrap=True)
    passed = sum(told.passed for told in report.stories)
    rows = [("stories", len(report.stories), passed), *_counts(report)]
    table = Table("", *(Column(name, justify="right") for name in ("passed", "of", "")), box=box.SIMPLE_HEAD)
    for name, checked, right in rows:
        table.add_row(name, f"{right:,}", f"{checked:,}", f"{right / checked:.1%}")
    console.print(table)
    reasons = Counter(fault.reason for one in report.outcomes for fault in one.faults)
    said = ", ".join(f"{number:,} {reason}" for reason, number in reasons.most_common())
    console.print(Text(f"Model {report.model}" + (f"; what went wrong: {said}" if said else "")))


def _line(told: Told, one: Outcome) -> str:
    place = f"{told.file}:{one.line}" if one.line else told.file
    sure = "" if one.confidence is None else f" ({one.confidence:.2f})"
    what = "; ".join(
        f"{fault.reason}: {fault.message}{sure if fault.reason in ('intent', 'action') else ''}"
        for fault in one.faults
    )
    return f"{place}: {told.story.name}: {what}"
