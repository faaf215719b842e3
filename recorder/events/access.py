"""Who may ask over HTTP: tokens, as digests. The token itself is known to its holder alone."""

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
