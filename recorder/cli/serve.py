"""`recorder serve`: the bot and the log over HTTP, as one process."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

import click

from recorder import logs
from recorder.bootstrap import open_recorder
from recorder.cli import serving as review_app
from recorder.cli.options import (
    actions_of,
    actions_options,
    as_text,
    database_option,
    models_option,
    patterns_of,
    redact_options,
)
from recorder.errors import PortTaken
from recorder.settings import Settings

_PORT: Final = 5005
_LOOPBACK: Final = "127.0.0.1"


@click.command("serve")
@click.option("--model", default="latest", show_default=True, metavar="ID", help="Model that answers.")
@click.option(
    "--host",
    default=_LOOPBACK,
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen. Any address but this machine's own needs a token first (`recorder token add`).",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@actions_options
@click.option("--review", is_flag=True, help="Serve the review app too, under /review.")
@click.option(
    "--annotator",
    envvar="RECORDER_ANNOTATOR",
    default="",
    metavar="NAME",
    callback=as_text,
    help="Whose decisions it takes; default: your user name. [env: RECORDER_ANNOTATOR]",
)
@redact_options
@database_option
@models_option
def command(
    model: str,
    host: str,
    port: int,
    actions: Path | None,
    endpoints: Path | None,
    review: bool,
    annotator: str,
    redact: str,
    patterns: tuple[str, ...],
    database: str,
    models: Path,
) -> None:
    """Serve a bot that records itself, in the words of Rasa's HTTP API, and a log that takes events.

    POST /webhooks/rest/webhook talks to the bot, POST /sessions/ID/events records what others did,
    /conversations/ID/tracker says what was recorded; /docs lists everything. Without tokens it is for this
    machine only; `recorder token add` makes one. SIGTERM or Ctrl-C ends it: what was begun is finished.
    """
    logs.configure(os.environ, stays=True)
    from recorder.api import serving  # a second of imports, for this command only
    from recorder.api.application import REVIEW

    settings = Settings(database, models, redact=redact, patterns=patterns_of(patterns))
    if review:
        review_app.check_people(open_recorder(settings), host)
    hub = serving.hub(settings, model, actions_of(actions, endpoints))
    try:
        opened = serving.bound(hub, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port, None) from None
        raise
    taken = opened.getsockname()[1]
    app = None
    if review:
        app = review_app.mounted(settings, host=host, port=taken, annotator=annotator, base=REVIEW)
    serving.run(hub, opened, click.echo, app)
    if hub.lines.running:
        logs.error("cut_off", times=hub.lines.running)
        sys.stdout.flush()
        os._exit(1)  # a thread that hangs would hold the process for ever
