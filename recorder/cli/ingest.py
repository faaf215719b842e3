"""`recorder ingest`: read sessions that Rasa recorded."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from recorder import logs
from recorder.bootstrap import open_recorder
from recorder.cli import stopping
from recorder.cli.options import database_option, json_option, print_json, printable
from recorder.ingest.files import STANDARD_INPUT, open_sources
from recorder.services import ingesting
from recorder.settings import Settings

SHOWN = 20
"""Skipped lines that are printed; `--json` has them all."""


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@database_option
@json_option
def command(paths: tuple[str, ...], database: str, as_json: bool) -> int:
    """Read sessions that Rasa recorded, each event once.

    PATH is a file, a folder (with all that is in it) or - for standard input. What a file is, its
    content says: a database of Rasa X, of Rasa's SQL tracker store or SQL event broker (SQLite), the
    JSON lines of an event broker, tracker dumps (JSON), or the recorder's own JSON lines.

    Files are only read, never changed. Reading one again, or one that overlaps with another, adds
    nothing twice. Name overlapping files in one command: they are then merged in the right order.
    What could not be used is listed at the end, by file, line (in a database: row) and reason.

    The exit code is 1 when a path does not exist or when there was no event to read, else 0. Ctrl-C or
    SIGTERM stops it after the session that it is at, with exit code 143; run it again to read the rest.
    """
    recorder = open_recorder(Settings(database=database))
    console = Console(stderr=True)
    started = time.monotonic()
    with TemporaryDirectory() as scratch, _progress(console) as progress:
        sources, unusable = open_sources(paths, Path(scratch))
        with stopping.until_told() as told:
            report = ingesting.ingest(recorder.log, sources, progress=progress, stop=told.is_set)
    report.skipped[:0] = unusable
    logs.info(
        "ingested",
        sessions=report.sessions,
        events=report.events,
        new=report.new,
        skipped=len(report.skipped),
        seconds=time.monotonic() - started,
    )
    if as_json:
        print_json(asdict(report))
    else:
        _print(report)
    if report.left:
        print(f"recorder: stopped; {report.left:,} sessions are left for the next run", file=sys.stderr)
        return stopping.STOPPED
    missing = any(path != STANDARD_INPUT and not Path(path).exists() for path in paths)
    return 1 if missing or not report.events else 0


@contextmanager
def _progress(console: Console) -> Iterator[ingesting.Progress]:
    """A bar on a terminal's stderr, and nothing anywhere else."""
    columns = (TextColumn("Reading sessions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(report: ingesting.Report) -> None:
    table = Table(box=None, show_header=False)
    for name in ("sessions", "events", "new", "already_there", "opaque"):
        table.add_row(name.replace("_", " "), f"{getattr(report, name):,}")
    table.add_row("skipped", f"{len(report.skipped):,}")
    Console(file=sys.stdout).print(table)
    for skipped in report.skipped[:SHOWN]:
        print(printable(f"{skipped.place}: {skipped.reason}"))
    if len(report.skipped) > SHOWN:
        print(f"… and {len(report.skipped) - SHOWN:,} more; --json lists them all")
