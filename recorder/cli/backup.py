"""`recorder backup`: the log in one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recorder.cli.copy import sentences
from recorder.cli.options import database_option, json_option, print_json
from recorder.cli.progress import progress_bar
from recorder.upkeep.backups import back_up


@click.command("backup")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.db")
@click.option(
    "--update",
    "again",
    is_flag=True,
    help="Add what is new to a backup that is there, and take over what was forgotten since.",
)
@database_option
@json_option
def command(out: Path, again: bool, database: str, as_json: bool) -> None:
    """Write the log to the file OUT.db, while it is in use, each event held against the chain.

    OUT.db appears when it is complete and on disk, or not at all. It is a log of this program in
    SQLite: `recorder verify` and `recorder restore` read it.

    The master key is not in it: keep that elsewhere, for without it nobody can read what is encrypted.
    What is forgotten later stays readable in a backup, with the master key, until the backup is
    updated or deleted. Models and exports are files of their own and are not in it.
    """
    with progress_bar("Backing up events") as progress:
        done = back_up(database, out, again=again, progress=progress)
    if as_json:
        print_json(asdict(done))
    else:
        for sentence in sentences(done):
            click.echo(sentence)
