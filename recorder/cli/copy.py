"""`recorder copy`: the whole log from one database to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from recorder.cli.options import json_option, print_json
from recorder.cli.progress import progress_bar
from recorder.settings import Settings
from recorder.store.database import file_url
from recorder.upkeep.copying import Copied, copy_log


@click.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--encrypt", is_flag=True, help="Make an encrypted log of one that is not encrypted.")
@json_option
def command(source: str, target: str, encrypt: bool, as_json: bool) -> None:
    """Copy the log FROM one database TO another, SQLite or PostgreSQL on either side.

    FROM and TO are SQLAlchemy URLs, or files of SQLite. TO is made if there is no such file, or given
    its schema if the database on the server is empty. FROM may be in use meanwhile; TO may not.

    Rows are copied as they are, each held against the chain on the way, so that the copy verifies like
    the original. Whatever interrupts it: the same command goes on where it stopped. Repeated later, it
    adds what is new, and takes over what was forgotten. A TO that holds anything else is refused.

    The copy needs the same master key as FROM; it is in neither of them. With --encrypt, TO is a new
    log with a new chain, under the master key that RECORDER_MASTER_KEY and the like name, written in
    one transaction: all of it, or nothing. Its last event says which log it was made from.
    """
    keys = Settings().keys if encrypt else None
    with progress_bar("Copying events") as progress:
        done = copy_log(as_url(source), as_url(target), encrypt=keys, progress=progress)
    if as_json:
        print_json(asdict(done))
    else:
        for sentence in sentences(done):
            click.echo(sentence)


def as_url(text: str) -> str:
    """The URL, or that of the file."""
    return text if "://" in text else file_url(Path(text))


def sentences(done: Copied) -> Iterator[str]:
    yield f"{done.target} has all {done.position:,} events; {done.events:,} were added now."
    if done.forgotten:
        yield f"Forgotten there too: {done.forgotten:,} streams."
    if done.rewrapped:
        yield f"Keys that are wrapped anew: {done.rewrapped:,}."
    if done.masters:
        yield f"To be read it needs master key {' and '.join(done.masters)}, which is not in it."
