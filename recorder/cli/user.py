"""`recorder user`: who may sign in to the review app, and what they may do there."""

from __future__ import annotations

import sys

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import as_text, database_option, json_option, print_json, printable, user
from recorder.review.accounts import Account, check_password
from recorder.review.people import ROLES, Role, operator
from recorder.services import accounts
from recorder.settings import Settings
from recorder.store.log import EventLog

_name = click.argument("name", callback=as_text)
_role = click.Choice(list(ROLES))
_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin; ask nothing."
)


@click.group("user")
def command() -> None:
    """People who may sign in to the review app.

    From the first account on, nobody gets in without one. A viewer reads; an annotator reviews, too; an
    adjudicator opens batches, settles what annotators disagree on, and exports; an admin says who may do
    what. Changes hold at once, also where the app runs.
    """


@command.command("add")
@_name
@click.option("--role", type=_role, default="viewer", show_default=True, help="What they may do.")
@click.option("--oidc", is_flag=True, help="Without a password: an OpenID provider says who it is.")
@_stdin
@database_option
def add(name: str, role: Role, oidc: bool, password_stdin: bool, database: str) -> None:
    """Open an account. The password is asked for twice, and not shown."""
    log = _log(database)
    password = None if oidc else _password(name, password_stdin)
    opened = accounts.open_account(log, operator(user()), name, role, password=password)
    click.echo(printable(f"{opened} may sign in, as {role}."))
    known = accounts.everybody(log)
    if not any(each.role == "admin" and not each.disabled for each in known):
        click.echo("No account is an admin yet; only this command can change them.", err=True)


@command.command("role")
@_name
@click.argument("role", type=_role)
@database_option
def role(name: str, role: Role, database: str) -> None:
    """Say what somebody may do."""
    accounts.give_role(_log(database), operator(user()), name, role)
    click.echo(printable(f"{name} is {role} now."))


@command.command("disable")
@_name
@database_option
def disable(name: str, database: str) -> None:
    """Sign somebody out everywhere and let them in no more; what they decided stays."""
    accounts.disable(_log(database), operator(user()), name)
    click.echo(printable(f"{name} may not sign in any more."))


@command.command("enable")
@_name
@database_option
def enable(name: str, database: str) -> None:
    """Let somebody in again."""
    accounts.enable(_log(database), operator(user()), name)
    click.echo(printable(f"{name} may sign in."))


@command.command("reset")
@_name
@_stdin
@database_option
def reset(name: str, password_stdin: bool, database: str) -> None:
    """Give somebody a new password, which signs them out everywhere."""
    log = _log(database)
    accounts.reset_password(log, operator(user()), name, _password(name, password_stdin))
    click.echo(printable(f"{name} has a new password."))


@command.command("list")
@database_option
@json_option
def show(database: str, as_json: bool) -> None:
    """Say who may sign in, as what, and when they were last there."""
    known = accounts.roster(_log(database), operator(user()))
    if as_json:
        print_json([_told(account) for account in known])
        return
    for account in known:
        seen = f"last there {account.seen_at:%Y-%m-%d %H:%M} UTC" if account.seen_at else "never there yet"
        notes = [account.role, *["OpenID"] * (account.origin == accounts.OIDC), seen]
        notes += ["disabled"] * account.disabled
        notes += [f"{account.failures} failed attempts since"] * bool(account.failures)
        click.echo(printable(f"{account.name}: {', '.join(notes)}"))
    if not known:
        click.echo("There are no accounts.")


def _told(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role,
        "origin": account.origin,
        "disabled": account.disabled,
        "opened_at": account.opened_at,
        "seen_at": account.seen_at,
        "failures": account.failures,
    }


def _password(name: str, from_stdin: bool) -> str:
    """Raises AccountError before a second time is asked for, where it is too easy."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask at: say --password-stdin.")
    password: str = click.prompt("Password", hide_input=True, err=True)
    check_password(password, name)
    if click.prompt("The same again", hide_input=True, err=True) != password:
        raise click.UsageError("These were two passwords; nothing was changed.")
    return password


def _log(database: str) -> EventLog:
    return open_recorder(Settings(database)).log
