"""`recorder keys`: the master keys of the log."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.console import Console

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, print_json
from recorder.settings import Settings
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog
from recorder.upkeep import rotation
from recorder.upkeep.clearing import KEY_TABLE, clear


@click.group("keys")
def command() -> None:
    """The master keys of the log.

    Each session has a key of its own, kept in the database under a master key. That one is in the
    variable RECORDER_MASTER_KEY, in the file that RECORDER_MASTER_KEY_FILE names (or, with SQLite,
    beside the database), or is printed by RECORDER_MASTER_KEY_COMMAND. Each of them may hold several
    keys, one a line: the first is the one to go to, the others only open.
    """


@command.command("status")
@database_option
@json_option
def status(database: str, as_json: bool) -> None:
    """Say which master keys there are, and how many streams are under each."""
    log, source = _opened(database)
    found = rotation.status(log, source)
    if as_json:
        print_json({**asdict(found), "is_rotating": found.is_rotating})
        return
    if not found.at_hand:
        click.echo("The log is not encrypted.")
        return
    click.echo(f"In {found.source}: {', '.join(found.at_hand)}")
    for master, count in found.in_use.items():
        click.echo(f"{count:,} streams are under {master}")
    if found.is_rotating:
        click.echo("A rotation is not finished: `recorder keys rotate` goes on with it.")


@command.command("rotate")
@database_option
@json_option
def rotate(database: str, as_json: bool) -> int:
    """Wrap the keys of all streams under another master key; no event is rewritten.

    A key file gets a new key and, at the end, loses the old one. With a variable or a command, let it
    hold both first, the new one in the first line, for every process that uses the log. Programs that
    run meanwhile go on. Interrupted, it goes on where it was when it is run again.

    Whoever has the old master key can still read copies of the database that were made before.
    """
    log, source = _opened(database)
    console = Console(stderr=True)
    with console.status("Wrapping keys"):
        master, count = rotation.rotate(log, source)
        cleared = clear(log, [KEY_TABLE])
    if as_json:
        print_json({"master": master, "rewrapped": count, "undone": cleared.undone})
    else:
        click.echo(f"The log is under master key {master} now; {count:,} keys were wrapped anew.")
        if not source.is_file:
            click.echo(f"Take the old key out of {source.described}, for every process.")
        for undone in cleared.undone:
            click.echo(f"Keys under the old one may still be in {undone}. Run this again.", err=True)
    return 1 if cleared.undone else 0


def _opened(database: str) -> tuple[SqlLog, KeySource]:
    settings = Settings(database=database)
    log = open_recorder(settings).log
    assert isinstance(log, SqlLog)  # bootstrap opens no other kind
    return log, settings.keys.or_beside(database)
