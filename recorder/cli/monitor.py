"""`recorder monitor`: metrics, health and readiness over HTTP, in a process of its own."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from recorder import logs
from recorder.cli import stopping
from recorder.cli.options import database_option, models_option
from recorder.errors import PortTaken
from recorder.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

LOOPBACK: Final = "127.0.0.1"
_PORT: Final = 9464
_MAX_LAG: Final = 10_000


def monitor_address_option(command: F) -> F:
    return click.option(
        "--monitor-address",
        default=LOOPBACK,
        show_default=True,
        metavar="ADDRESS",
        help="Where metrics and readiness are answered. Another address lets other machines ask, "
        "without any sign-in: choose one that only your monitoring reaches.",
    )(command)


@click.command("monitor")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@monitor_address_option
@click.option(
    "--max-lag",
    type=click.IntRange(0),
    default=_MAX_LAG,
    show_default=True,
    metavar="N",
    help="Events that a list of sessions may be behind the log while it counts as ready.",
)
@database_option
@models_option
def command(port: int, monitor_address: str, max_lag: int, database: str, models: Path) -> None:
    """Answer what monitoring asks of a log: /metrics, /health and /ready.

    /metrics is OpenMetrics, for Prometheus and its like. /health says that this process lives; /ready is
    200 where a recorder could work on the log now, else 503, and says in JSON what is wrong: database,
    schema, master key, read-only, room on the disk, lists of sessions that are behind. What one review app
    counts of its own appends, `recorder review --monitor PORT` answers. SIGTERM or Ctrl-C ends it.
    """
    logs.configure(os.environ, stays=True)
    with stopping.until_told() as told:
        url = start(Settings(database, models), monitor_address, port, max_lag)
        click.echo(f"Monitoring: {url}/metrics, /health, /ready (Ctrl-C stops it)")
        told.wait()


def start(settings: Settings, address: str, port: int, max_lag: int = _MAX_LAG) -> str:
    """Answer from a thread of its own; returns the URL. Raises PortTaken, OSError."""
    from recorder.api import monitoring  # brings the HTTP server, for those who start it only

    application = monitoring.application(settings, max_lag=max_lag)
    try:
        server = monitoring.start(application, address, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port, None) from None
        raise
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{server.server_port}"
