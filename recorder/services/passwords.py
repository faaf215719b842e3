"""Passwords: hashed with Argon2id, checked in a time that tells nothing."""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER: Final = PasswordHasher()
"""The second recommendation of RFC 9106, as the library keeps it: 64 MiB, three passes."""
_AT_ONCE: Final = BoundedSemaphore(2)
"""Each takes 64 MiB and a core: many who try at once wait for each other, not for memory."""


def hashed(password: str) -> str:
    with _AT_ONCE:
        return HASHER.hash(_bytes(password))


def fits(password: str, known: str) -> bool:
    """Whether the password has this hash; where there is none, no, and after the same time."""
    with _AT_ONCE:
        try:
            return HASHER.verify(known or _nobodys(), _bytes(password)) and bool(known)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(known: str) -> bool:
    """Whether it would be hashed otherwise today."""
    return HASHER.check_needs_rehash(known)


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody's password")


def _bytes(password: str) -> bytes:
    """The same whatever the keyboard made of an accent."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
