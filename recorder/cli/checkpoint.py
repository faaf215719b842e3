"""`recorder checkpoint`: put down what the whole log is now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recorder.audit.checkpoints import content_of, make_checkpoint
from recorder.audit.files import write_new
from recorder.audit.signing import load_signing_key, new_keys
from recorder.cli.options import database_option, json_option, print_json
from recorder.cli.progress import progress_bar
from recorder.errors import OutputUnwritable
from recorder.events.bookkeeping import CheckpointMade
from recorder.settings import Settings
from recorder.store.sql import open_log

_FILE = click.Path(path_type=Path)


@click.command("checkpoint")
@click.option("--sign-key", type=_FILE, metavar="FILE", help="Private key (Ed25519, PEM) to sign it with.")
@click.option("--out", type=_FILE, metavar="FILE", help="Write it to a file too; keep that elsewhere.")
@click.option(
    "--new-key",
    type=_FILE,
    metavar="FILE",
    help="Make a private key for signing, and FILE.pub to check with; no checkpoint.",
)
@database_option
@json_option
def command(
    sign_key: Path | None, out: Path | None, new_key: Path | None, database: str, as_json: bool
) -> int:
    """Put down what the whole log is now: one hash over all events, as an event of the log.

    Kept outside (--out), or signed with a key that is kept outside (--sign-key), it convicts whoever
    rewrites the log later, or shortens it: `recorder verify --checkpoint FILE --public-key FILE`.
    It costs only what is new since the last one, so it may be made every hour.
    """
    if new_key:
        if sign_key or out:
            raise click.UsageError("--new-key makes no checkpoint; leave the other options out.")
        return _make_keys(new_key, as_json=as_json)
    signer = load_signing_key(sign_key) if sign_key else None
    if out and out.exists():
        raise OutputUnwritable(out, "it is there already")
    settings = Settings(database)
    log = open_log(settings.database, keys=settings.keys)
    with progress_bar("Reading what is new") as progress:
        record = make_checkpoint(log, signer=signer, progress=progress)
    if record is None:
        click.echo("The log is empty: there is nothing to put down.", err=True)
        return 1
    made = record.event
    assert isinstance(made, CheckpointMade)
    if out:
        write_new(out, content_of(made))
    if as_json:
        print_json({"position": record.position, **asdict(made)})
    else:
        signed = f", signed with key {made.key}" if made.key else ", not signed"
        click.echo(f"{made.size:,} events have the root {made.root}{signed}.")
        click.echo(f"It is event {record.position:,} of the log" + (f", and in {out}." if out else "."))
    return 0


def _make_keys(file: Path, *, as_json: bool) -> int:
    made, beside = new_keys(file)
    if as_json:
        print_json({"key": made.public.id, "private": str(file), "public": str(beside)})
    else:
        click.echo(f"Key {made.public.id}: {file} signs; keep it from whoever can write to the log.")
        click.echo(f"{beside} is for everybody who verifies.")
    return 0
