"""Tokens that open the HTTP interface: issued, revoked, checked. What is kept is a digest.

They are events of one stream, so that every server on the log knows of a change as soon as it looks.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from typing import Final

from recorder.errors import TokenError
from recorder.events.access import TokenIssued, TokenRevoked
from recorder.events.event import TOKENS, Recorded
from recorder.store.log import Clock, EventLog, utc_now

ADMIN: Final = "admin"
SCOPES: Final[Mapping[str, str]] = {
    "chat": "talk to the bot",
    "parse": "ask the model what it would make of something; nothing is recorded",
    "read": "read recorded sessions, and the model's domain",
    "ingest": "record events of sessions",
    "monitor": "read metrics",
    ADMIN: "all of it, and make the bot act",
}
"""What a token may open -> in words."""

FRESH: Final = 0.5
"""Seconds for which what is known of the tokens is not asked for again."""
_PREFIX: Final = "recorder_"
"""By which whoever finds one, a person or a scanner of secrets, knows what it is."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """One that was not revoked; it may have expired."""

    name: str
    digest: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.expires is None or now < self.expires

    def opens(self, scope: str) -> bool:
        return scope in self.scopes or ADMIN in self.scopes


def issue(
    log: EventLog,
    name: str,
    scopes: Iterable[str],
    *,
    actor: str,
    expires: datetime | None = None,
    secret: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> str:
    """Make a token, and return it: this is the only time that anybody can see it.

    Raises:
        TokenError: the name is taken or is none, a scope that there is not, no scope.
        LogError: the log refused.
    """
    wanted = tuple(scope for scope in SCOPES if scope in set(scopes))
    if not wanted or set(wanted) != set(scopes):
        raise TokenError(f"A token opens one or more of {', '.join(SCOPES)}.")
    if not _NAME.fullmatch(name):
        raise TokenError(f"{name!r} is no name: use up to 64 letters, digits, and any of _ . @ -")
    rows = log.read(TOKENS)
    if name in _fold({}, rows):
        raise TokenError(f"There is a token {name!r} already; revoke it first, or name this one otherwise.")
    token = _PREFIX + secret()
    event = TokenIssued(name, _digest(token), wanted, expires.isoformat() if expires else None)
    log.append(TOKENS, [event], expected_version=len(rows), actor=actor)
    return token


def revoke(log: EventLog, name: str, *, actor: str) -> None:
    """Raises TokenError where there is no such token."""
    rows = log.read(TOKENS)
    if name not in _fold({}, rows):
        raise TokenError(f"There is no token {name!r}.")
    log.append(TOKENS, [TokenRevoked(name)], expected_version=len(rows), actor=actor)


def listed(log: EventLog) -> list[Token]:
    """Those that were not revoked, in the order in which they were issued."""
    return list(_fold({}, log.read(TOKENS)).values())


class Keeper:
    """Knows the tokens of a log, and looks again when what it knows is no longer fresh. For any thread."""

    def __init__(
        self,
        log: EventLog,
        *,
        clock: Clock = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._clock, self._seconds = log, clock, seconds
        self._tokens: dict[str, Token] = {}
        self._version = 0
        self._looked = float("-inf")
        self._lock = Lock()

    @property
    def is_fresh(self) -> bool:
        return self._seconds() - self._looked < FRESH

    def look(self) -> None:
        """Read on in the stream. Raises DatabaseUnusable."""
        with self._lock:
            if not self.is_fresh:
                rows = self._log.read(TOKENS, after=self._version - 1)
                self._tokens = _fold(self._tokens, rows)
                self._version += len(rows)
                self._looked = self._seconds()

    @property
    def any_issued(self) -> bool:
        """Whether there ever was a token: from then on nobody gets in without one."""
        return self._version > 0

    @property
    def any_live(self) -> bool:
        return any(token.is_live(self._clock()) for token in self._tokens.values())

    def find(self, token: str) -> Token | None:
        """Whose it is; None: nobody's, or no longer. How long it takes does not tell how much was right."""
        digest = _digest(token)
        found = [known for known in self._tokens.values() if compare_digest(known.digest, digest)]
        return found[0] if found and found[0].is_live(self._clock()) else None


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _fold(tokens: Mapping[str, Token], rows: Iterable[Recorded]) -> dict[str, Token]:
    known = dict(tokens)
    for row in rows:
        match row.event:
            case TokenIssued(name=name) as issued:
                expires = datetime.fromisoformat(issued.expires) if issued.expires else None
                known[name] = Token(name, issued.digest, issued.scopes, row.occurred_at, expires)
            case TokenRevoked(name=name):
                known.pop(name, None)
    return known
