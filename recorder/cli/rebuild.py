"""`recorder rebuild`: compute the read models again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, print_json
from recorder.read_models import catching_up
from recorder.read_models.registry import MODELS
from recorder.settings import Settings


@click.command("rebuild")
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(list(MODELS)),
    help="Only this one; may be given several times. [default: all]",
)
@database_option
@json_option
def command(models: tuple[str, ...], database: str, as_json: bool) -> None:
    """Compute what the lists of the review app show again, from the log.

    The new lists are built beside those that are shown, which go on being shown and kept up to date
    until the new ones take their place at once; nobody has to stop working. It can be broken off at any
    time: the next one goes on with it. Nothing in the log is changed.

    There is no need for it after an update of the program: lists that it makes in another way are built
    anew by themselves. Use it when a list is not as it should be.
    """
    recorder = open_recorder(Settings(database=database))
    with _progress() as progress:
        done = recorder.read_models.rebuild(models, progress)
    rate = round(done.events / done.seconds) if done.seconds else 0
    if as_json:
        print_json(asdict(done) | {"events_per_second": rate})
    else:
        click.echo(f"Rebuilt {', '.join(done.models)} from {done.sessions:,} sessions.")
        click.echo(f"{done.events:,} events in {done.seconds:.1f} seconds, {rate:,} a second.")


@contextmanager
def _progress() -> Iterator[catching_up.Progress]:
    """A bar on a terminal's stderr, and nothing anywhere else."""
    console = Console(stderr=True)
    columns = (TextColumn("Rebuilding"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
