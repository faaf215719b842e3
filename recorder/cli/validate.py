"""`recorder validate`: read domains, stories, rules and NLU files, and say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recorder.cli.options import json_option, print_json
from recorder.formats.problems import Problem
from recorder.formats.training_text import Content
from recorder.services import validating
from recorder.services.validating import Report

COLUMNS = ("intents", "actions", "slots", "forms", "examples", "stories", "rules", "tests")


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@json_option
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Read domains, stories, rules and NLU files, and say what was found.

    PATH is a file or a folder, with all that is in it. Notations are told by content: YAML of Rasa 2
    and 3, Markdown and JSON from before. Test stories are those in a YAML file whose name begins with
    test_, and Markdown stories whose messages have words.

    With a domain among the paths, intents, entities, actions, slots and forms that stories use are
    checked against it. The exit code is 1 where a path or a file could not be read; all other
    problems are only reported.
    """
    report = validating.validate(paths)
    if as_json:
        print_json(_as_object(report))
    else:
        _print(report)
    return 1 if any(problem.fatal for problem in report.problems) else 0


def _as_object(report: Report) -> dict[str, Any]:
    counts = {key: getattr(report, key) for key in ("stories", "rules", "tests", "intents", "examples")}
    problems = [{"file": one.file, "line": one.line, "message": one.message} for one in report.problems]
    return {**counts, "problems": problems}


def _print(report: Report) -> None:
    console = Console()
    table = Table(Column("file", overflow="fold"), *(Column(name, justify="right") for name in COLUMNS))
    for file in report.files:
        if file.content.is_known:
            table.add_row(Text(file.path), *map(_shown, _counts(file.content)))
    if table.row_count:
        console.print(table)
    for problem in report.problems:
        console.print(Text(_line(problem)), soft_wrap=True)
    console.print(
        f"{report.stories} stories, {report.rules} rules, {report.tests} tests, {report.intents} intents, "
        f"{report.examples} examples, {len(report.problems)} problems",
        highlight=False,
    )


def _counts(content: Content) -> tuple[int, ...]:
    """One number for each column."""
    domain = content.domain
    tests = sum(story.is_test for story in content.stories)
    known = (domain.intents, domain.actions, domain.slots, domain.forms) if domain else ((),) * 4
    examples = len(content.nlu.examples) if content.nlu else 0
    return (*map(len, known), examples, len(content.stories) - tests, len(content.rules), tests)


def _shown(count: int) -> str:
    return f"{count:,}" if count else ""


def _line(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return f"{place}: {problem.message}"
