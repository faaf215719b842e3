"""`recorder follow`: print events as they come."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import as_text, database_option
from recorder.cli.stopping import until_told
from recorder.errors import NotationError, OutputUnwritable
from recorder.formats import jsonl
from recorder.settings import Settings
from recorder.store.following import follow


@click.command("follow")
@click.option(
    "--after",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Begin behind this position of the log.",
)
@click.option(
    "--stream",
    "prefix",
    default="",
    callback=as_text,
    metavar="PREFIX",
    help="Only streams whose name starts like this: session/, review/, session/web-1.",
)
@click.option("--once", is_flag=True, help="End at what is the end of the log now.")
@click.option(
    "--position-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep in FILE how far it got, and go on from there; --after counts where there is no FILE yet.",
)
@database_option
def command(after: int, prefix: str, once: bool, position_file: Path | None, database: str) -> None:
    """Print events as JSON lines, in the order of the log, as they come.

    A line is one event in the recorder's own notation, which `recorder ingest` reads, with its
    `position`; one that belongs to no session has `stream` in place of `session`. A server that
    restarts is waited for, a minute long. SIGTERM and Ctrl-C end it after the lines at hand.

    FILE is written after the lines are. Whoever is killed between the two prints these lines again
    the next time: each event at least once, and never one left out.
    """
    log = open_recorder(Settings(database)).log
    start = _position(position_file, after)
    with until_told() as told:
        for rows in follow(log, start, until=log.position() if once else None, stop=told.is_set):
            lines = (jsonl.followed(row) for row in rows if row.stream.startswith(prefix))
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()
            if position_file:
                _keep(position_file, rows[-1].position)


def _position(file: Path | None, after: int) -> int:
    if file is None or not file.exists():
        return after
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    if not (text.isascii() and text.isdecimal()):
        raise NotationError("it holds no position of a log", file=file)
    return int(text)


def _keep(file: Path, position: int) -> None:
    """All of it or nothing, whenever the power goes."""
    new = file.with_name(file.name + ".new")
    try:
        with new.open("w", encoding="utf-8") as text:
            text.write(f"{position}\n")
            text.flush()
            os.fsync(text.fileno())
        new.replace(file)
    except OSError as error:
        raise OutputUnwritable(file, error.strerror or str(error)) from None
