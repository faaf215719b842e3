"""Accounts: opened, given roles and passwords, disabled; by an admin, in the app or at the command line.

A change is written to the account's stream and noted in `people`, both or neither, and on the knowledge
of all accounts that the change was decided on: two admins cannot each take the other's role away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from recorder.errors import AccountError, VersionConflict
from recorder.events.access import (
    AccountDisabled,
    AccountEnabled,
    AccountOpened,
    PasswordSet,
    PeopleChanged,
    RoleGiven,
)
from recorder.events.event import PEOPLE, Event, account_stream, stream_parts
from recorder.review import accounts
from recorder.review.accounts import Account
from recorder.review.people import ROLES, Person, Role, require
from recorder.services.passwords import fits, hashed
from recorder.store.log import Batch, EventLog

PASSWORD: Final = "password"  # noqa: S105  # where an account comes from, not one
OIDC: Final = "oidc"

Decision = Callable[[Sequence[Account]], tuple[str, list[Event]]]
"""All accounts -> whose stream what is appended to; raises where it may not be. Asked again when somebody
was faster."""


def any_opened(log: EventLog) -> bool:
    """Whether there ever was an account: from then on nobody gets in without one."""
    return log.version(PEOPLE) > 0


def roster(log: EventLog, person: Person) -> list[Account]:
    """All accounts, in the order in which they were opened. Raises NotAllowed."""
    require(person, "read_people")
    return everybody(log)


def names(log: EventLog) -> list[str]:
    """Of all accounts, in the order in which they were opened."""
    return [stream_parts(stream)[1] for stream in log.streams(account_stream(""))]


def everybody(log: EventLog) -> list[Account]:
    streams = log.read_many(list(log.streams(account_stream("")))).values()
    return [each for each in map(accounts.replay, streams) if each.origin]


def open_account(log: EventLog, person: Person, name: str, role: Role, *, password: str | None = None) -> str:
    """Let somebody in, and say what the account is called.

    Args:
        password: None: an OpenID provider says who it is.

    Raises:
        NotAllowed.
        AccountError: the name is taken or is none, the password is too easy.
    """
    require(person, "manage_people")
    _check_role(role)
    if password is not None:
        accounts.check_password(password, name)
    secret = [PasswordSet(hashed(password))] if password is not None else []

    def opened(known: Sequence[Account]) -> tuple[str, list[Event]]:
        new = accounts.new_name(known, name)
        return new, [AccountOpened(new, PASSWORD if secret else OIDC), RoleGiven(role), *secret]

    return change(log, opened, actor=person.name)


def give_role(log: EventLog, person: Person, name: str, role: Role) -> None:
    """Raises NotAllowed; AccountError: no such account, or no admin would be left."""
    require(person, "manage_people")
    _check_role(role)

    def given(known: Sequence[Account]) -> tuple[str, list[Event]]:
        account = accounts.named(known, name)
        if role != "admin":
            accounts.check_admin_is_left(known, account.name)
        return account.name, [RoleGiven(role)] if role != account.role else []

    change(log, given, actor=person.name)


def disable(log: EventLog, person: Person, name: str) -> None:
    """Sign somebody out everywhere, and let them in no more. Raises as `give_role`."""
    require(person, "manage_people")

    def disabled(known: Sequence[Account]) -> tuple[str, list[Event]]:
        account = accounts.named(known, name)
        accounts.check_admin_is_left(known, account.name)
        return account.name, [] if account.disabled else [AccountDisabled()]

    change(log, disabled, actor=person.name)


def enable(log: EventLog, person: Person, name: str) -> None:
    """Raises NotAllowed; AccountError: no such account."""
    require(person, "manage_people")

    def enabled(known: Sequence[Account]) -> tuple[str, list[Event]]:
        account = accounts.named(known, name)
        return account.name, [AccountEnabled()] if account.disabled else []

    change(log, enabled, actor=person.name)


def reset_password(log: EventLog, person: Person, name: str, password: str) -> None:
    """Give somebody a new password, which signs them out everywhere.

    Raises:
        NotAllowed.
        AccountError: no such account, it has no password of its own, or the password is too easy.
    """
    require(person, "manage_people")
    _set_password(log, name, password, actor=person.name)


def change_password(log: EventLog, person: Person, old: str, new: str) -> None:
    """One's own; it signs one out everywhere. Raises AccountError: the old one is wrong, the new too easy."""
    require(person, "change_own_password")
    account = accounts.named(everybody(log), person.name)
    if not fits(old, account.password):
        raise AccountError("The old password is another one.")
    _set_password(log, person.name, new, actor=person.name)


def _set_password(log: EventLog, name: str, password: str, *, actor: str) -> None:
    accounts.check_password(password, name)
    secret = PasswordSet(hashed(password))

    def set_(known: Sequence[Account]) -> tuple[str, list[Event]]:
        account = accounts.named(known, name)
        if account.origin != PASSWORD:
            raise AccountError(f"{account.name} signs in elsewhere and has no password here.")
        return account.name, [secret]

    change(log, set_, actor=actor)


def change(log: EventLog, decide: Decision, *, actor: str) -> str:
    """Write what is decided, on the knowledge that it was decided on. Returns whose account it is."""
    while True:
        version = log.version(PEOPLE)
        name, events = decide(everybody(log))
        if not events:
            return name
        batches = [
            Batch(PEOPLE, [PeopleChanged()], actor, version),
            Batch(account_stream(name), events, actor),
        ]
        try:
            log.append_together(batches)
        except VersionConflict:
            continue
        return name


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise AccountError(f"{role!r} is no role: there are {', '.join(ROLES)}.")
