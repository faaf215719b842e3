"""`recorder init`: create the database, or upgrade it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from recorder import logs
from recorder.cli.options import database_option, json_option, print_json, tell_removed
from recorder.settings import Settings
from recorder.store.database import database_file
from recorder.store.schema import Upgrade, upgrade


@click.command("init")
@database_option
@click.option(
    "--encryption/--no-encryption",
    default=True,
    help="Whether a new log encrypts what sessions and reviews say, each stream under a key of its own, so "
    "that it can be forgotten. [default: it does]",
)
@click.option(
    "--partitions",
    type=click.IntRange(2, 256),
    metavar="N",
    help="PostgreSQL: spread the events of a new log over N tables, by stream.",
)
@json_option
def command(database: str, encryption: bool, partitions: int | None, as_json: bool) -> None:
    """Create the database, or bring it to the schema of this program.

    It is safe to repeat; what is in the log stays as it is. A new log is encrypted under a master key:
    RECORDER_MASTER_KEY, RECORDER_MASTER_KEY_FILE or RECORDER_MASTER_KEY_COMMAND says where it is. For
    SQLite it is made beside the database (FILE.key) unless one of these is set.
    """
    if partitions and database_file(database):
        raise click.UsageError("--partitions needs PostgreSQL; SQLite keeps everything in one file.")
    keys = Settings(database).keys
    started = time.monotonic()
    done = upgrade(database, keys=keys, encrypted=encryption, partitions=partitions or 0)
    if done.before != done.after:
        took = time.monotonic() - started
        logs.info("migrated", schema_from=done.before, schema_to=done.after, seconds=took)
    tell_removed(done.removed)
    if as_json:
        key_file = str(done.key_file) if done.key_file else None
        print_json({"database": done.database, "before": done.before, "after": done.after, "key": key_file})
    else:
        for sentence in _sentences(done):
            click.echo(sentence)


def _sentences(done: Upgrade) -> Iterator[str]:
    if done.before is None:
        yield f"Created {done.database} at schema {done.after}."
    elif done.before == done.after:
        yield f"{done.database} is at schema {done.after} already; nothing to do."
    else:
        yield f"Upgraded {done.database} from schema {done.before} to {done.after}."
    if done.key_file:
        yield f"Its master key is in {done.key_file}. Without it nobody can read the log: keep a copy,"
        yield "but not beside the backups, or what is forgotten can be read from those."
