"""`recorder restore`: a backup into a new database."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recorder.cli.copy import as_url, sentences
from recorder.cli.options import json_option, print_json
from recorder.cli.progress import progress_bar
from recorder.upkeep.backups import restore


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path), metavar="BACKUP")
@click.argument("target", metavar="TO")
@json_option
def command(backup: Path, target: str, as_json: bool) -> None:
    """Copy the file BACKUP into the database TO: an SQLAlchemy URL, or a file of SQLite.

    TO is made if there is no such file, or given its schema if the database on the server is empty; a log
    that holds events is refused. Each event is held against the chain and read back; all of them are
    written in one transaction, so that TO has all of them or none. BACKUP is only read.

    To read what is encrypted, TO needs the master key that the log had.
    """
    with progress_bar("Restoring events") as progress:
        done = restore(backup, as_url(target), progress=progress)
    if as_json:
        print_json(asdict(done))
    else:
        for sentence in sentences(done):
            click.echo(sentence)
