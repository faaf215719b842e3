"""`recorder catchup`: bring the read models up to date with the log, once or all the time."""

from __future__ import annotations

from contextlib import suppress
from threading import Event

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, print_json
from recorder.settings import Settings


@click.command("catchup")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C, whenever the log has grown.")
@click.option(
    "--rest",
    type=click.FloatRange(min=0.0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="With --watch: between two looks, at least; longer after much work.",
)
@database_option
@json_option
def command(watch: bool, rest: float, database: str, as_json: bool) -> None:
    """Bring the lists of the review app up to date with the log.

    The app does so itself whenever somebody opens a list. Where much is written to the log, let one
    process do it all the time with --watch, so that nobody who opens a list has to wait for it. Any
    number of them may run: one works, the others wait.
    """
    read_models = open_recorder(Settings(database=database)).read_models
    if watch:
        click.echo("Keeping the lists up to date (Ctrl-C stops it)", err=True)
        with suppress(KeyboardInterrupt):
            read_models.keep_up(Event(), rest)
    position = read_models.position() if watch else read_models.catch_up()
    if as_json:
        print_json({"position": position})
    else:
        click.echo(f"The lists are up to date with event {position:,} of the log.")
