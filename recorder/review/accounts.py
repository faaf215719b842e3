"""An account, folded from its stream: who it is, what role it has, where it is signed in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from recorder.errors import AccountError
from recorder.events.access import (
    AccountDisabled,
    AccountEnabled,
    AccountOpened,
    IdentityLinked,
    PasswordRehashed,
    PasswordSet,
    RoleGiven,
    SignedIn,
    SignedOut,
    SignInRenewed,
    SignInsFailed,
)
from recorder.events.event import Recorded
from recorder.review.people import ROLES, Person, Role

SHORTEST: Final = 10
"""Characters that a password has at least."""
LONGEST: Final = 1024
"""And at most: hashing more would only keep the server busy."""
KEPT: Final = timedelta(days=60)
"""For which an ended sign-in is known as such; a cookie of Streamlit's lives for half of it."""
_NAME: Final = re.compile(r"[\w][\w.@+ -]{0,62}[\w.]|\w")


class SignIn(NamedTuple):
    seen: datetime
    """When somebody was last known to be there with it."""
    has_ended: bool = False
    """Signed out, or ended by an admin; it does not begin again."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str = ""
    origin: str = ""
    """`password` or `oidc`; "": there is no such account."""
    role: Role = "viewer"
    password: str = field(default="", repr=False)
    """Its hash; "": none."""
    identity: tuple[str, str] | None = None
    """Issuer and subject, as an OpenID provider names the person."""
    disabled: bool = False
    opened_at: datetime | None = None
    seen_at: datetime | None = None
    """When they were last known to be there."""
    failures: int = 0
    """Attempts to sign in, in a row, as far as the log knows."""
    failed_at: datetime | None = None
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict, repr=False)
    """By digest."""

    @property
    def person(self) -> Person:
        return Person(self.name, self.role)

    def is_signed_in(self, digest: str, now: datetime, idle: timedelta) -> bool:
        """Args: idle: how long nobody may have been there."""
        found = self.sign_ins.get(digest)
        return not self.disabled and found is not None and not found.has_ended and now - found.seen < idle


def evolve(account: Account, record: Recorded) -> Account:
    at = record.occurred_at
    match record.event:
        case AccountOpened(name=name, origin=origin):
            return replace(account, name=name, origin=origin, opened_at=at)
        case IdentityLinked(issuer=issuer, subject=subject):
            return replace(account, identity=(issuer, subject))
        case RoleGiven(role=role) if role in ROLES:
            return replace(account, role=role)
        case PasswordSet(hash=password):
            return replace(account, password=password, sign_ins=_all_ended(account.sign_ins))
        case PasswordRehashed(hash=password):
            return replace(account, password=password)
        case AccountDisabled():
            return replace(account, disabled=True, sign_ins=_all_ended(account.sign_ins))
        case AccountEnabled():
            return replace(account, disabled=False)
        case SignedIn(digest=digest):
            known = {each: kept for each, kept in account.sign_ins.items() if at - kept.seen < KEPT}
            known[digest] = SignIn(at)
            return replace(account, sign_ins=known, seen_at=at, failures=0, failed_at=None)
        case SignInRenewed(digest=digest) if digest in account.sign_ins:
            found = account.sign_ins[digest]
            renewed = {digest: found._replace(seen=at)}
            return replace(account, sign_ins={**account.sign_ins, **renewed}, seen_at=at)
        case SignedOut(digest=digest):
            return replace(account, sign_ins={**account.sign_ins, digest: SignIn(at, True)}, seen_at=at)
        case SignInsFailed(count=count):
            return replace(account, failures=count, failed_at=at)
        case _:
            return account


def _all_ended(sign_ins: Mapping[str, SignIn]) -> dict[str, SignIn]:
    return {digest: each._replace(has_ended=True) for digest, each in sign_ins.items()}


def replay(records: Iterable[Recorded]) -> Account:
    account = Account()
    for record in records:
        account = evolve(account, record)
    return account


def find(accounts: Iterable[Account], name: str) -> Account | None:
    """By a name as somebody types it: capitals make no difference, nor how an accent is encoded."""
    return next((each for each in accounts if folded(each.name) == folded(name)), None)


def new_name(accounts: Iterable[Account], name: str) -> str:
    """The name as it will stand in the log. Raises AccountError: it is taken, or no name."""
    name = unicodedata.normalize("NFC", name.strip())
    if not _NAME.fullmatch(name):
        raise AccountError(f"{name!r} is no name: use up to 64 letters and digits, with . @ + - _ between.")
    if known := find(accounts, name):
        raise AccountError(f"There is an account {known.name!r} already.")
    return name


def named(accounts: Iterable[Account], name: str) -> Account:
    """Raises AccountError where there is none."""
    found = find(accounts, name)
    if found is None:
        raise AccountError(f"There is no account {name!r}.")
    return found


def check_password(password: str, name: str) -> None:
    """Raises AccountError. Length is what counts; rules about signs make people write them down."""
    if len(password) < SHORTEST:
        raise AccountError(f"A password has at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise AccountError(f"A password has at most {LONGEST} characters.")
    if folded(password) in (folded(name), folded(name) * 2) or len(set(password)) < 4:
        raise AccountError("This password is the first that anybody would try; choose another.")


def check_admin_is_left(accounts: Iterable[Account], name: str) -> None:
    """Whether somebody else could still let people in. Raises AccountError."""
    admins = {each.name for each in accounts if each.role == "admin" and not each.disabled}
    if admins == {name}:
        raise AccountError(f"{name} is the only admin: make somebody else one first.")


def folded(name: str) -> str:
    """Two names with the same are one."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()
