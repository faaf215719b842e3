"""`recorder validate`: read domains, stories, rules and NLU files, and say what was found."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recorder.cli.options import json_option, print_json, printable
from recorder.formats.problems import Problem
from recorder.formats.training_text import Content
from recorder.services import validating
from recorder.services.validating import Report

TOTALS = ("stories", "rules", "tests", "intents", "examples")
COLUMNS = ("intents", "actions", "slots", "forms", "examples", "stories", "rules", "tests")

LEAST = 78
"""Characters in a line of the table: a narrower terminal would hide columns, so it wraps them."""


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
    counts = {key: getattr(report, key) for key in TOTALS}
    problems = [{"file": one.file, "line": one.line, "message": one.message} for one in report.problems]
    return {**counts, "problems": problems}


def _print(report: Report) -> None:
    console = Console()
    rows = {file.path: _counts(file.content) for file in report.files if file.content.is_known}
    if rows:
        folder = os.path.commonpath([Path(path).absolute().parent for path in rows])
        console.print(Text(printable(folder)), soft_wrap=True)
        Console(width=max(console.width, LEAST)).print(_table(rows, folder))
    for problem in report.problems:
        console.print(Text(printable(_line(problem))), soft_wrap=True)
    totals = ", ".join(f"{getattr(report, key):,} {key}" for key in TOTALS)
    found = len(report.problems)
    console.print(f"{totals}, {found:,} {'problem' if found == 1 else 'problems'}", highlight=False)


def _table(rows: Mapping[str, Sequence[int]], folder: str) -> Table:
    """A line for each file, named from the folder they share; columns that are empty are left out."""
    used = [index for index in range(len(COLUMNS)) if any(counts[index] for counts in rows.values())]
    numbers = (Column(COLUMNS[index], justify="right", no_wrap=True) for index in used)
    table = Table(Column("file", overflow="fold"), *numbers, box=box.SIMPLE_HEAD)
    for path, counts in rows.items():
        table.add_row(
            Text(printable(os.path.relpath(path, folder))), *(_shown(counts[index]) for index in used)
        )
    return table


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
