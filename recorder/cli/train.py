"""`recorder train`: learn from files, write a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from recorder.cli.options import json_option, print_json, printable, tell_removed
from recorder.cli.paths import ManyValues, paths_option
from recorder.services.training import Training, train
from recorder.settings import DEFAULT_MODELS
from recorder.store.log import utc_now
from recorder.store.model_files import ModelFiles

SHOWN = 20
"""Problems that are printed; `--json` has them all."""


@click.command("train", cls=ManyValues)
@paths_option("domain", "Domains, which are merged", required=True)
@paths_option("stories", "Stories")
@paths_option("nlu", "Examples of messages, synonyms, lookups, regexes")
@paths_option("rules", "Rules")
@click.option(
    "--out",
    envvar="RECORDER_MODELS",
    default=DEFAULT_MODELS,
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of models to write to. [env: RECORDER_MODELS]",
)
@json_option
def command(
    domain: tuple[Path, ...],
    stories: tuple[Path, ...],
    nlu: tuple[Path, ...],
    rules: tuple[Path, ...],
    out: Path,
    as_json: bool,
) -> int:
    """Train a model, and say how good it is on data that it was not taught.

    All files may hold anything: a domain file with stories in it teaches both. The model is named by
    its content, so the same data give the same model again.

    A file that cannot be read ends the command with exit code 1, and no model is written. What does
    not fit together (an intent without examples, an action that no domain declares) is listed; the rest
    is learned. Steps whose action no domain declares are not learned.
    """
    errors = Console(stderr=True)
    models = ModelFiles(out)
    tell_removed(models.sweep())
    with errors.status("reading…") as status:
        training = train(
            [*domain, *stories, *nlu, *rules],
            models,
            clock=utc_now,
            tell=lambda doing: status.update(f"{doing}…"),
        )
    if as_json:
        print_json(_as_object(training))
    else:
        _print(training)
    return 0


def _as_object(training: Training) -> dict[str, Any]:
    file = training.file
    return {
        "model": file.id,
        "path": str(file.path),
        "data_hash": file.data_hash,
        "scores": file.scores,
        "counts": file.counts,
        "log_position": file.log_position,
        "problems": [{"file": p.file, "line": p.line, "message": p.message} for p in training.problems],
    }


def _print(training: Training) -> None:
    for problem in training.problems[:SHOWN]:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        print(printable(f"{place}: {problem.message}"), file=sys.stderr)
    if len(training.problems) > SHOWN:
        print(f"… and {len(training.problems) - SHOWN:,} more; --json lists them all", file=sys.stderr)
    table = Table(box=None, show_header=False)
    for name, count in training.file.counts.items():
        table.add_row(name, f"{count:,}")
    for name, score in training.file.scores.items():
        table.add_row(name.replace("_", " "), "-" if score is None else f"{score:.1%}")
    console = Console()
    console.print(table)
    console.print("Scores are of data that the model scored was not taught (cross-validation).")
    console.print(f"Model {training.file.id} is in {training.file.path}", soft_wrap=True, highlight=False)
