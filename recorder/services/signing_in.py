"""Signing in: who is behind a request, held against the log each time.

What a browser keeps is a name and 32 random bytes; the log keeps their digest in the account's stream.
So a sign-in outlives a restart, is known to every process on the log, and ends everywhere at once when
somebody signs out, is disabled or gets a new password. A new role holds from the next request on.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from recorder.errors import AccountError, SettingUnusable, SignInDelayed, SignInRefused, VersionConflict
from recorder.events.access import (
    AccountOpened,
    IdentityLinked,
    PasswordRehashed,
    RoleGiven,
    SignedIn,
    SignedOut,
    SignInRenewed,
    SignInsFailed,
)
from recorder.events.event import Event, NewEvent, account_stream
from recorder.review import accounts
from recorder.review.accounts import Account
from recorder.review.people import ROLES, Person, Role
from recorder.services import passwords
from recorder.services.accounts import OIDC, change, names
from recorder.services.throttle import QUIET, Throttle
from recorder.store.log import Clock, EventLog, utc_now

IDLE: Final = timedelta(hours=8)
"""How long nobody may have been there until a sign-in ends."""
_NOTED: Final = 8
"""That somebody is there is noted each eighth of that time, not at each request."""
_KNOWN: Final = 512
"""Accounts that are held in memory."""
_TELLING: Final = 4
"""Attempts after which the log is told that somebody tries."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A role for whom an OpenID provider says this of."""

    name: str
    value: str
    role: Role


class Door:
    """Lets people in, and says who they are. For any thread; what it holds is only a cache of the log."""

    def __init__(
        self,
        log: EventLog,
        *,
        idle: timedelta = IDLE,
        clock: Clock = utc_now,
        throttle: Callable[[int, float], Throttle] = Throttle,
    ) -> None:
        self._log, self._idle, self._clock = log, idle, clock
        self._by_name = throttle(_TELLING, 60.0)
        self._by_address = throttle(20, 60.0)
        self._known: OrderedDict[str, tuple[int, Account]] = OrderedDict()
        self._names: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Returns what the browser is to show from now on.

        A wrong name and a wrong password look the same, and take as long: both are hashed.

        Raises:
            SignInRefused: it is the wrong one, or the account is disabled.
            SignInDelayed: there were too many attempts, by that name or from that address.
        """
        key = accounts.folded(name)
        found = next((each for each in names(self._log) if accounts.folded(each) == key), None)
        account = self._account_of(found)[1] if found else Account()
        self._slow_down(key, account, address)
        right = passwords.fits(password[: accounts.LONGEST + 1], account.password)
        if not right or account.disabled:
            self._note_failure(key, account)
            raise SignInRefused
        self._by_name.leave(key)
        events: list[Event] = []
        if passwords.is_outdated(account.password):
            events.append(PasswordRehashed(passwords.hashed(password)))
        secret = secrets.token_bytes(32)
        self._write(account.name, [*events, SignedIn(_digest(secret))])
        return _cookie(account.name, secret)

    def who(self, cookie: str) -> Person | None:
        """Whose cookie it is; None: nobody's, or no longer."""
        name, digest = _opened(cookie)
        return self._who(name, digest) if name else None

    def sign_out(self, cookie: str) -> None:
        name, digest = _opened(cookie)
        if name and self._who(name, digest):
            self._write(name, [SignedOut(digest)])

    def who_by_claims(self, claims: Mapping[str, Any], roles: Sequence[Claim] = ()) -> Person | None:
        """Who it is that an OpenID provider vouches for; who comes for the first time is a viewer.

        Where roles are given by claims, they hold from each sign-in on, whatever was given by hand.

        Args:
            claims: of the ID token, checked by whoever got it.

        Returns:
            None: that sign-in has ended, here or for want of anybody there.

        Raises:
            AccountError: the account is disabled, or its name is somebody else's.
        """
        identity, digest = (str(claims["iss"]), str(claims["sub"])), _digest_of_claims(claims)
        name = self._names.get(identity)
        if name is None or digest not in self._account_of(name)[1].sign_ins:
            self._names[identity] = name = self._come(identity, claims, roles)
            version, account = self._account_of(name)
            if account.disabled:
                raise AccountError(f"The account {account.name!r} is disabled.")
            if digest not in account.sign_ins:
                self._write(name, [SignedIn(digest)], version)
        return self._who(name, digest)

    def sign_out_by_claims(self, person: Person, claims: Mapping[str, Any]) -> None:
        self._write(person.name, [SignedOut(_digest_of_claims(claims))])

    def _who(self, name: str, digest: str) -> Person | None:
        version, account = self._account_of(name)
        now = self._clock()
        if not account.is_signed_in(digest, now, self._idle):
            return None
        if now - account.sign_ins[digest].seen > self._idle / _NOTED:
            self._write(name, [SignInRenewed(digest)], version)
        return account.person

    def _account_of(self, name: str) -> tuple[int, Account]:
        with self._lock:
            version, account = self._known.get(name, (0, Account()))
        for record in self._log.read(account_stream(name), version - 1):
            version, account = record.version + 1, accounts.evolve(account, record)
        if account.origin:
            with self._lock:
                self._known[name] = version, account
                self._known.move_to_end(name)
                while len(self._known) > _KNOWN:
                    self._known.popitem(last=False)
        return version, account

    def _write(self, name: str, events: Sequence[Event], version: int | None = None) -> None:
        """Args: version: somebody else may say the same at this moment; once is enough."""
        now = self._clock()
        stamped = [NewEvent(event, occurred_at=now) for event in events]
        with suppress(VersionConflict):
            self._log.append(account_stream(name), stamped, expected_version=version, actor=name)

    def _slow_down(self, key: str, account: Account, address: str) -> None:
        """Raises SignInDelayed."""
        failed_at = account.failed_at
        is_recent = failed_at is not None and (self._clock() - failed_at).total_seconds() < QUIET
        wait = max(
            self._by_address.enter(address),
            self._by_name.enter(key, account.failures if is_recent else 0),
        )
        if wait > 0:
            raise SignInDelayed(wait)

    def _note_failure(self, key: str, account: Account) -> None:
        count = self._by_name.count(key)
        if account.origin and count >= _TELLING and count.bit_count() == 1:
            self._write(account.name, [SignInsFailed(count)])

    def _come(
        self,
        identity: tuple[str, str],
        claims: Mapping[str, Any],
        roles: Sequence[Claim],
    ) -> str:
        """Whose account it is, with what the claims say of it."""
        role = _role(claims, roles)

        def decide(everyone: Sequence[Account]) -> tuple[str, list[Event]]:
            found = next((each for each in everyone if each.identity == identity), None)
            found = found or _waiting(everyone, claims)
            if found is None:
                name = accounts.new_name(everyone, _name(claims))
                return name, [
                    AccountOpened(name, OIDC),
                    IdentityLinked(*identity),
                    RoleGiven(role or "viewer"),
                ]
            events: list[Event] = [] if found.identity else [IdentityLinked(*identity)]
            if role is not None and role != found.role and not _is_last_admin(everyone, found):
                events.append(RoleGiven(role))
            return found.name, events

        return change(self._log, decide, actor=OIDC)


def idle_time(hours: str) -> timedelta:
    """What `RECORDER_SESSION_HOURS` says; 8 hours where it says nothing. Raises SettingUnusable."""
    try:
        idle = timedelta(hours=float(hours)) if hours.strip() else IDLE
    except (ValueError, OverflowError):
        idle = timedelta()
    if not timedelta(minutes=1) <= idle <= timedelta(days=30):
        raise SettingUnusable("RECORDER_SESSION_HOURS", "it is a number of hours, at most 720")
    return idle


def read_roles(text: str) -> tuple[Claim, ...]:
    """`claim:value=role`, separated by commas: what `RECORDER_OIDC_ROLES` says. Raises SettingUnusable.

    >>> read_roles("groups:reviewers=annotator")
    (Claim(name='groups', value='reviewers', role='annotator'),)
    """
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        said, is_role, role = part.rpartition("=")
        name, is_value, value = said.partition(":")
        if not (is_role and is_value and name.strip() and value.strip()) or role.strip() not in ROLES:
            advice = f"{part!r} is no claim:value=role, with a role of {', '.join(ROLES)}"
            raise SettingUnusable("RECORDER_OIDC_ROLES", advice)
        found.append(Claim(name.strip(), value.strip(), ROLES[ROLES.index(role.strip())]))
    return tuple(found)


def _role(claims: Mapping[str, Any], roles: Sequence[Claim]) -> Role | None:
    """The highest that fits; a viewer where none does; None: claims say nothing of roles."""
    fitting = [each.role for each in roles if _says(claims.get(each.name), each.value)]
    return max(fitting, key=ROLES.index, default="viewer") if roles else None


def _says(claim: Any, value: str) -> bool:
    return value in claim if isinstance(claim, list | tuple) else claim == value


def _name(claims: Mapping[str, Any]) -> str:
    """An address that the provider has checked, or else what it calls them."""
    email = claims.get("email") if claims.get("email_verified") is True else None
    return str(email or claims.get("preferred_username") or claims["sub"])


def _waiting(everyone: Sequence[Account], claims: Mapping[str, Any]) -> Account | None:
    """The account that an admin opened for whom this is, and that nobody has come for yet."""
    found = accounts.find(everyone, _name(claims))
    if found is None:
        return None
    if found.origin != OIDC or found.identity is not None:
        raise AccountError(f"There is an account {found.name!r} already, and it is somebody else's.")
    return found


def _is_last_admin(everyone: Sequence[Account], account: Account) -> bool:
    try:
        accounts.check_admin_is_left(everyone, account.name)
    except AccountError:
        return True
    return False


def _cookie(name: str, secret: bytes) -> str:
    return f"{_text(name.encode())}.{_text(secret)}"


def _opened(cookie: str) -> tuple[str, str]:
    """The name and the digest of the secret; two empty texts if it is none of ours."""
    name, _, secret = cookie.partition(".")
    try:
        return _bytes(name).decode(), _digest(_bytes(secret))
    except (binascii.Error, ValueError):
        return "", ""


def _digest(secret: bytes) -> str:
    return sha256(secret).hexdigest()


def _digest_of_claims(claims: Mapping[str, Any]) -> str:
    """One for each time that the provider was asked."""
    said = [str(claims.get(name, "")) for name in ("iss", "sub", "iat")]
    return _digest("\n".join(said).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
