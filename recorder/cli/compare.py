"""`recorder compare`: two models on the reviewed sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recorder.bootstrap import open_recorder
from recorder.cli.options import (
    database_option,
    json_option,
    models_option,
    print_json,
    printable,
    user,
    workers_options,
)
from recorder.cli.progress import progress_bar
from recorder.learning.evaluation import Answers, Comparison, score
from recorder.review.people import operator
from recorder.services.training import compare
from recorder.settings import Settings
from recorder.store.model_files import ModelFiles
from recorder.store.shards import Watched

KINDS = {"understanding": "intents", "action": "actions"}
SHOWN = 50
"""Changed steps that are printed; `--json` has them all."""


@click.command("compare")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@database_option
@models_option
@workers_options
@json_option
def command(
    old: str, new: str, database: str, models: Path, scheduler: str, workers: int, as_json: bool
) -> int:
    """Compare two models on the sessions whose review is submitted.

    OLD and NEW are ids of models, folders of models, or `latest`. Says how many steps each model gets
    right, intents and actions apart, and at which steps one is right and the other wrong.
    """
    settings = Settings(database=database, models=models, scheduler=scheduler, workers=workers)
    recorder = open_recorder(settings)
    files = ModelFiles(models)
    before, after = files.load(old), files.load(new)
    with recorder.workers() as found, progress_bar("Asking both models") as progress:
        comparison = compare(recorder.log, before, after, operator(user()), workers=Watched(found, progress))
    if as_json:
        print_json({"old": before.id, "new": after.id, **_as_object(comparison)})
    else:
        _print(comparison, before.id, after.id)
    return 0


def _as_object(comparison: Comparison) -> dict[str, Any]:
    return {
        "kinds": {name: _counts(comparison.of(kind)) for kind, name in KINDS.items()},
        "better": [_change(answers) for answers in comparison.better],
        "worse": [_change(answers) for answers in comparison.worse],
    }


def _counts(part: Comparison) -> dict[str, Any]:
    return {
        "steps": len(part.answers),
        "old_right": sum(a.old == a.question.right for a in part.answers),
        "new_right": sum(a.new == a.question.right for a in part.answers),
        "better": len(part.better),
        "worse": len(part.worse),
        "old_macro_f1": score(part.old_confusion).macro_f1,
        "new_macro_f1": score(part.new_confusion).macro_f1,
    }


def _change(answers: Answers) -> dict[str, Any]:
    question = answers.question
    return {
        "session": question.session,
        "step": question.step,
        "kind": question.kind,
        "right": question.right,
        "old": answers.old,
        "new": answers.new,
        "old_probability": answers.old_probability,
        "new_probability": answers.new_probability,
    }


def _print(comparison: Comparison, old: str, new: str) -> None:
    console = Console()
    if not comparison.answers:
        console.print("No review is submitted yet: there is nothing to compare on.")
        return
    table = Table("", "steps", f"right: {old}", f"right: {new}", "better", "worse", box=None)
    for kind, name in KINDS.items():
        c = _counts(comparison.of(kind))
        table.add_row(name, *(str(c[k]) for k in ("steps", "old_right", "new_right", "better", "worse")))
    console.print(table)
    for title, changed in (("Got better", comparison.better), ("Got worse", comparison.worse)):
        if changed:
            console.print(_changes(title, changed))


def _changes(title: str, changed: tuple[Answers, ...]) -> Table:
    more = f" (the first {SHOWN} of {len(changed)})" if len(changed) > SHOWN else ""
    table = Table(title=title + more, title_justify="left", box=None)
    for name in ("session", "right", "old", "new", "probability"):
        table.add_column(name, overflow="fold")
    for a in changed[:SHOWN]:
        cells = (a.question.session, a.question.right, a.old or "", a.new or "")
        shift = f"{a.old_probability:.2f} → {a.new_probability:.2f}"
        table.add_row(*(Text(printable(cell)) for cell in cells), shift)
    return table
