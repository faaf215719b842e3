"""`recorder prove`: a proof for somebody who has no access to the log."""

from __future__ import annotations

from pathlib import Path

import click

from recorder.audit.checkpoints import latest, read_checkpoint
from recorder.audit.files import write_new
from recorder.audit.proofs import prove, prove_growth
from recorder.audit.stored_rows import StoredRows
from recorder.cli.options import database_option, json_option, print_json
from recorder.cli.progress import progress_bar
from recorder.errors import NotCovered
from recorder.events.bookkeeping import CheckpointMade
from recorder.settings import Settings
from recorder.store.sql import SqlLog, open_log

_FILE = click.Path(path_type=Path)


@click.command("prove")
@click.argument("event", required=False, metavar="[EVENT_ID]")
@click.option(
    "--checkpoint",
    default="latest",
    show_default=True,
    metavar="FILE|latest",
    help="The checkpoint that covers the event: one that was kept, or the log's own last.",
)
@click.option(
    "--since",
    type=_FILE,
    metavar="FILE",
    help="Instead of an event: prove that what this older checkpoint covers was not changed since.",
)
@click.option("--out", required=True, type=_FILE, metavar="FILE", help="Where to write the proof.")
@database_option
@json_option
def command(
    event: str | None, checkpoint: str, since: Path | None, out: Path, database: str, as_json: bool
) -> None:
    """Prove to somebody who has no access to the log that an event is in it as it was written.

    The proof holds the event's row as it is stored (encrypted, where the log is), and some hashes; it
    tells nothing of other events. `recorder verify --proof FILE --public-key FILE` checks it without
    any database, and so does a program of a page: docs/audit.md has one.
    """
    if (event is None) == (since is None):
        raise click.UsageError("Name an event, or an older checkpoint with --since.")
    settings = Settings(database)
    log = open_log(settings.database, keys=settings.keys)
    covering = _covering(log, checkpoint)
    with progress_bar("Reading events") as progress:
        if since is not None:
            content = prove_growth(log.database, read_checkpoint(since), covering, progress).content()
        else:
            content = prove(log.database, event or "", covering, progress).content()
    write_new(out, content)
    about = f"event {event}" if event else f"nothing before the checkpoint of {since} was changed"
    if as_json:
        print_json({"proof": str(out), "size": covering.size, "root": covering.root})
    else:
        click.echo(f"{out} proves: {about}, in the log of {covering.size:,} events.")


def _covering(log: SqlLog, checkpoint: str) -> CheckpointMade:
    if checkpoint != "latest":
        return read_checkpoint(Path(checkpoint))
    found = latest(StoredRows(log.database))
    if found is None:
        raise NotCovered("It", "there is no checkpoint; make one with `recorder checkpoint`")
    return found
