"""`recorder ingest`: read sessions that Rasa recorded."""

from __future__ import annotations

import os
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from recorder import logs
from recorder.bootstrap import open_recorder
from recorder.cli import stopping
from recorder.cli.options import (
    database_option,
    json_option,
    patterns_of,
    print_json,
    printable,
    redact_options,
)
from recorder.errors import OutputUnwritable
from recorder.ingest.broker import open_consumer
from recorder.ingest.files import STANDARD_INPUT, open_sources
from recorder.services import consuming, ingesting
from recorder.settings import Settings
from recorder.store.log import EventLog

TELLING = 10.0
"""Seconds between two words about the messages of a broker."""
SHOWN = 20
"""Skipped lines that are printed; `--json` has them all."""


@click.command("ingest")
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--from", "broker", metavar="URL", help="Take events from a message broker as they come.")
@click.option(
    "--rejected",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("rejected.jsonl"),
    show_default=True,
    metavar="FILE",
    help="With --from: where messages are kept that are no events.",
)
@redact_options
@database_option
@json_option
def command(
    paths: tuple[str, ...],
    broker: str | None,
    rejected: Path,
    redact: str,
    patterns: tuple[str, ...],
    database: str,
    as_json: bool,
) -> int:
    """Read sessions that Rasa recorded, each event once: from files, or from a message broker.

    PATH is a file, a folder (with all that is in it) or - for standard input. What a file is, its
    content says: a database of Rasa X, of Rasa's SQL tracker store or SQL event broker (SQLite), the
    JSON lines of an event broker, tracker dumps (JSON), or the recorder's own JSON lines.

    Files are only read, never changed. Reading one again, or one that overlaps with another, adds
    nothing twice. Name overlapping files in one command: they are then merged in the right order.
    What could not be used is listed at the end, by file, line (in a database: row) and reason.

    The exit code is 1 when a path does not exist or when there was no event to read, else 0. Ctrl-C or
    SIGTERM stops it after the session that it is at, with exit code 143; run it again to read the rest.

    --from takes events until SIGTERM or Ctrl-C, and finishes the batch at hand then:

    \b
        amqp://USER:PASSWORD@HOST/VHOST?queue=NAME
            RabbitMQ. &exchange=E binds the queue to a fanout exchange first. &partitions=N deals
            the messages out by session to the queues NAME.0 … NAME.N-1, which several processes
            consume, one each; &partition=I names the one for this process (default: all).
        kafka://HOST:PORT,HOST:PORT/TOPIC?group=NAME
            Kafka. The processes of a group share the partitions. Any option of librdkafka may
            follow, such as &security.protocol=SSL. Rasa needs partition_by_sender: true.

    A message is acknowledged when the log has it, so none is lost; one that comes twice adds nothing.
    """
    if bool(paths) == bool(broker):
        raise click.UsageError("Name either files, or a broker with --from.")
    recorder = open_recorder(Settings(database, redact=redact, patterns=patterns_of(patterns)))
    if broker:
        return _consume(recorder.log, broker, rejected, as_json)
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


def _consume(log: EventLog, broker: str, rejected: Path, as_json: bool) -> int:
    consumer = open_consumer(broker, lambda trouble: click.echo(printable(trouble), err=True))
    print(f"Taking events from {printable(consumer.name)} until told to stop.", file=sys.stderr, flush=True)
    try:
        with stopping.until_told() as told:
            tally = consuming.consume(
                log,
                consumer,
                reject=lambda each: _keep(rejected, each),
                stop=told.is_set,
                progress=_NowAndThen(),
            )
    finally:
        consumer.close()
    if as_json:
        print_json(asdict(tally))
    else:
        print(_sentence(tally))
    return 0


class _NowAndThen:
    """Says how far it is, every few seconds."""

    def __init__(self) -> None:
        self._said = 0.0

    def __call__(self, tally: consuming.Tally) -> None:
        if time.monotonic() - self._said > TELLING:
            self._said = time.monotonic()
            print(_sentence(tally), file=sys.stderr, flush=True)


def _sentence(tally: consuming.Tally) -> str:
    return (
        f"{tally.messages:,} messages: {tally.new:,} events new, {tally.already_there:,} already there, "
        f"{tally.rejected:,} messages rejected"
    )


def _keep(file: Path, rejected: consuming.Rejected) -> None:
    """Add a line to the file, on disk when this returns; it is nobody else's to read."""
    message, reason = rejected
    body: dict[str, object]
    try:
        body = {"body": message.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": b64encode(message.body).decode()}
    line = orjson.dumps({"place": message.place, "reason": reason, "at": datetime.now(UTC), **body})
    try:
        with open(file, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise OutputUnwritable(file, error.strerror or str(error)) from None


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
    if report.forgotten:
        table.add_row("forgotten", f"{report.forgotten:,}")
    table.add_row("skipped", f"{len(report.skipped):,}")
    Console(file=sys.stdout).print(table)
    for skipped in report.skipped[:SHOWN]:
        print(printable(f"{skipped.place}: {skipped.reason}"))
    if len(report.skipped) > SHOWN:
        print(f"… and {len(report.skipped) - SHOWN:,} more; --json lists them all")
