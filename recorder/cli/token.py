"""`recorder token`: who may ask `recorder serve`."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, print_json, user
from recorder.services import tokens
from recorder.settings import Settings
from recorder.store.log import EventLog, utc_now

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.group("token")
def command() -> None:
    """Tokens that open `recorder serve`.

    A token is shown once, when it is made; the log keeps only its digest. Servers that run know of a new
    or a revoked one within a second. From the first token on, nobody gets in without one.
    """


def _lasting(context: click.Context, option: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,5})([mhd])", value)
    if not found or not int(found[1]):
        raise click.BadParameter("a number with m, h or d, as 90d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@command.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(list(tokens.SCOPES)),
    multiple=True,
    required=True,
    help="What it opens; may be given several times. "
    + "; ".join(f"{scope}: {what}" for scope, what in tokens.SCOPES.items())
    + ".",
)
@click.option(
    "--expires", callback=_lasting, metavar="TIME", help="After 90d, 12h or 30m it opens nothing any more."
)
@database_option
def add(name: str, scopes: tuple[str, ...], expires: timedelta | None, database: str) -> None:
    """Make a token and print it, on stdout and only now."""
    log = _log(database)
    until = utc_now().replace(microsecond=0) + expires if expires else None
    token = tokens.issue(log, name, scopes, actor=user(), expires=until)
    click.echo(f"Token {name} opens {', '.join(scopes)}. Keep it: it is not shown again.", err=True)
    click.echo(token)


@command.command("list")
@database_option
@json_option
def show(database: str, as_json: bool) -> None:
    """Say which tokens there are, what they open, and until when."""
    found, now = tokens.listed(_log(database)), utc_now()
    if as_json:
        print_json(
            [
                {
                    "name": token.name,
                    "scopes": token.scopes,
                    "issued_at": token.issued_at,
                    "expires": token.expires,
                    "live": token.is_live(now),
                }
                for token in found
            ]
        )
        return
    for token in found:
        until = f"until {token.expires:%Y-%m-%d %H:%M} UTC" if token.expires else "no end"
        ended = "" if token.is_live(now) else " (expired)"
        click.echo(f"{token.name}: {', '.join(token.scopes)}; {until}{ended}")
    if not found:
        click.echo("There are no tokens.")


@command.command("revoke")
@click.argument("name")
@database_option
def revoke(name: str, database: str) -> None:
    """Let a token open nothing any more."""
    tokens.revoke(_log(database), name, actor=user())
    click.echo(f"Token {name} is revoked.")


def _log(database: str) -> EventLog:
    return open_recorder(Settings(database)).log
