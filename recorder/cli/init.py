"""`recorder init`: create the database, or upgrade it."""

from __future__ import annotations

import click

from recorder.cli.options import database_option, json_option, print_json
from recorder.store.schema import Upgrade, upgrade


@click.command("init")
@database_option
@json_option
def command(database: str, as_json: bool) -> None:
    """Create the database, or bring it to the schema of this program.

    It is safe to repeat; what is in the log stays as it is.
    """
    done = upgrade(database)
    if as_json:
        print_json({"database": done.database, "before": done.before, "after": done.after})
    else:
        click.echo(_sentence(done))


def _sentence(done: Upgrade) -> str:
    if done.before is None:
        return f"Created {done.database} at schema {done.after}."
    if done.before == done.after:
        return f"{done.database} is at schema {done.after} already; nothing to do."
    return f"Upgraded {done.database} from schema {done.before} to {done.after}."
