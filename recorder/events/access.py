"""Who may get in: tokens for programs, accounts for people. What opens is kept as a digest or a hash.

The events of an account are in a stream of its own, encrypted like a session. All that changes who may
do what is noted in one stream for all, too: whoever writes there knows that nobody did meanwhile.
"""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event


class TokenIssued(Event, frozen=True):
    """A token was given to somebody."""

    type: ClassVar[str] = "token_issued"

    name: str
    """Of whoever holds it: a service, a machine."""
    digest: str
    """SHA-256 of the token, in hexadecimal. It is 32 random bytes, so nobody can guess it from that."""
    scopes: tuple[str, ...]
    """What it opens."""
    expires: str | None = None
    """UTC, `2026-05-01T12:00:00+00:00`; None: never."""


class TokenRevoked(Event, frozen=True):
    """A token opens nothing any more."""

    type: ClassVar[str] = "token_revoked"

    name: str


class PeopleChanged(Event, frozen=True):
    """An account was opened or changed: which one, its own stream says in the same transaction."""

    type: ClassVar[str] = "people_changed"


class AccountOpened(Event, frozen=True):
    """Somebody may sign in, as a viewer until a role is given."""

    type: ClassVar[str] = "account_opened"

    name: str
    origin: str
    """`password`, or `oidc`: somebody else says who it is."""


class IdentityLinked(Event, frozen=True):
    """An OpenID provider said for the first time that it is this person."""

    type: ClassVar[str] = "identity_linked"

    issuer: str
    subject: str
    """What the provider calls them, for ever."""


class RoleGiven(Event, frozen=True):
    type: ClassVar[str] = "role_given"

    role: str


class PasswordSet(Event, frozen=True):
    """It ends all sign-ins."""

    type: ClassVar[str] = "password_set"

    hash: str
    """Argon2id, with its salt and parameters."""


class PasswordRehashed(Event, frozen=True):
    """The same password, hashed as today's parameters say."""

    type: ClassVar[str] = "password_rehashed"

    hash: str


class AccountDisabled(Event, frozen=True):
    """It ends all sign-ins. What was decided stays."""

    type: ClassVar[str] = "account_disabled"


class AccountEnabled(Event, frozen=True):
    type: ClassVar[str] = "account_enabled"


class SignedIn(Event, frozen=True):
    type: ClassVar[str] = "signed_in"

    digest: str
    """SHA-256 of what the browser shows from now on, in hexadecimal; that is 32 random bytes."""


class SignInRenewed(Event, frozen=True):
    """Somebody was there; noted from time to time."""

    type: ClassVar[str] = "sign_in_renewed"

    digest: str


class SignedOut(Event, frozen=True):
    type: ClassVar[str] = "signed_out"

    digest: str


class SignInsFailed(Event, frozen=True):
    """Somebody tried, again and again. Noted at 4, 8, 16 and so on, so that it cannot fill the log."""

    type: ClassVar[str] = "sign_ins_failed"

    count: int
    """In a row."""
