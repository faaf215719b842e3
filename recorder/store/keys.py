"""Keys: each stream that can be forgotten has one of its own, wrapped under the master key.

Whoever deletes a stream's key has erased what the stream says, in the log and in every copy of it
that has no copy of the key. All encryption is AES-256-GCM; what is stored begins with its nonce.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.errors import KeyUnusable

NONCE: Final = 12
_KEY: Final = 32
_SALT: Final = 16


@dataclass(frozen=True)
class MasterKey:
    """The key over all keys: 32 random bytes."""

    secret: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """Tells master keys apart without telling anything of them."""
        return sha256(b"recorder master key" + self.secret).hexdigest()[:16]

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.secret)

    def wrap(self, key: bytes, digest: bytes) -> bytes:
        """A stream's key, bound to the digest of the stream's name."""
        return seal(self._cipher, new_nonces(1)[0], key, digest)

    def unwrap(self, wrapped: bytes, digest: bytes) -> bytes:
        """Raises KeyUnusable where it was wrapped under another master key, or for another stream."""
        try:
            return unseal(self._cipher, wrapped, digest)
        except InvalidTag:
            raise KeyUnusable("the key of a stream does not fit the master key") from None

    def cipher(self, wrapped: bytes, digest: bytes) -> AESGCM:
        """What encrypts and decrypts a stream's payloads. Raises KeyUnusable."""
        return _cipher(self, wrapped, digest)


class KeyRing:
    """The master keys that are at hand, each known by its id: more than one while they are rotated.

    A process that runs while they are looks into the source again when it meets one that it lacks.
    """

    def __init__(self, keys: Sequence[MasterKey], again: Callable[[], Sequence[MasterKey]]) -> None:
        self._again = again
        self._keys = {key.id: key for key in keys}
        self.first = keys[0]
        """The one that new logs begin with, and that a rotation goes to."""

    @property
    def ids(self) -> list[str]:
        return list(self._keys)

    def find(self, master: str) -> MasterKey | None:
        """The key with this id; raises KeyUnusable where its source has gone."""
        if master not in self._keys:
            self.look_again()
        return self._keys.get(master)

    def look_again(self) -> None:
        keys = self._again()
        self.first = keys[0]
        self._keys = self._keys | {key.id: key for key in keys}


@lru_cache(maxsize=4096)
def _cipher(master: MasterKey, wrapped: bytes, digest: bytes) -> AESGCM:
    return AESGCM(master.unwrap(wrapped, digest))


def new_key() -> bytes:
    """32 bytes that nobody can guess."""
    return os.urandom(_KEY)


def new_salt() -> bytes:
    return os.urandom(_SALT)


def new_nonces(count: int) -> list[bytes]:
    """One for each that is to be encrypted, never used again."""
    drawn = os.urandom(NONCE * count)
    return [drawn[start : start + NONCE] for start in range(0, len(drawn), NONCE)]


def seal(cipher: AESGCM, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    return nonce + cipher.encrypt(nonce, plain, bound_to)


def unseal(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises InvalidTag."""
    if len(sealed) < NONCE:
        raise InvalidTag
    return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
