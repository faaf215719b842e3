"""`recorder review`: the review app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from recorder.cli import serving
from recorder.cli.monitor import monitor_address_option
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
            help="Whose decisions are taken while there are no accounts; default: your user name. "
            "[env: RECORDER_ANNOTATOR]",
        ),
        click.option("--no-browser", is_flag=True, help="Open no browser window."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("review")
@serving_options
@click.option(
    "--monitor",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Answer /metrics, /health and /ready on this port.",
)
@monitor_address_option
@click.option(
    "--host",
    default=serving.ADDRESS,
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen. Any address but this machine's own needs accounts first (`recorder user add`).",
)
@database_option
@models_option
def command(
    port: int,
    annotator: str,
    no_browser: bool,
    monitor: int | None,
    monitor_address: str,
    host: str,
    database: str,
    models: Path,
) -> None:
    """Open the review app: an inbox of sessions, and their replay step by step.

    Without accounts it is for one person on this machine. From the first account on (`recorder user add`)
    people sign in, and other machines may reach it, best through a proxy that speaks TLS. Each one's
    decisions are kept apart. Ctrl-C or SIGTERM stops it; what the app showed as saved is saved.
    """
    serving.check(port, host)
    settings = Settings(database, models)
    where = (monitor_address, monitor) if monitor else None
    serving.serve(
        settings, host=host, port=port, annotator=annotator, open_browser=not no_browser, monitor=where
    )
