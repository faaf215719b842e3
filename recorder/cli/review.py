"""`recorder review`: the review app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from recorder.cli import serving
from recorder.cli.options import as_text, database_option, models_option
from recorder.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def serving_options(command: F) -> F:
    """--port, --annotator and --no-browser."""
    options = (
        click.option(
            "--port",
            type=click.IntRange(1, 65535),
            default=serving.DEFAULT_PORT,
            show_default=True,
            help="Port on this machine.",
        ),
        click.option(
            "--annotator",
            envvar="RECORDER_ANNOTATOR",
            default="",
            metavar="NAME",
            callback=as_text,
            help="Whose decisions are taken; default: your user name. [env: RECORDER_ANNOTATOR]",
        ),
        click.option("--no-browser", is_flag=True, help="Open no browser window."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("review")
@serving_options
@click.option("--address", default=serving.ADDRESS, hidden=True)
@database_option
@models_option
def command(port: int, annotator: str, no_browser: bool, address: str, database: str, models: Path) -> None:
    """Open the review app: an inbox of sessions, and their replay step by step.

    It listens on this machine only. Each annotator's decisions are kept apart. Ctrl-C stops it;
    what the app showed as saved is saved.
    """
    serving.check(port, address)
    settings = Settings(database, models)
    serving.serve(settings, port=port, annotator=annotator, open_browser=not no_browser)
