"""`recorder tag`: what sessions are called, for everybody who looks at the lists."""

from __future__ import annotations

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, printable, user
from recorder.review.people import operator
from recorder.services import tagging
from recorder.settings import Settings


@click.command("tag")
@click.argument("sessions", nargs=-1, required=True, metavar="SESSION…")
@click.option(
    "--add", multiple=True, metavar="TAG", help="Let them bear this tag; may be given several times."
)
@click.option("--remove", multiple=True, metavar="TAG", help="Take this tag away.")
@database_option
def command(sessions: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], database: str) -> None:
    """Tag sessions, or say which tags they bear.

    The inbox filters by tags. They go with a session that is forgotten.
    """
    log, person = open_recorder(Settings(database)).log, operator(user())
    if add or remove:
        changed = tagging.tag(log, person, sessions, add, remove)
        click.echo(f"{changed:,} of {len(set(sessions)):,} sessions changed.")
        return
    for session in sessions:
        borne = ", ".join(map(printable, tagging.tagged(log, session, person)))
        click.echo(f"{printable(session)}: {borne or 'no tags'}")
