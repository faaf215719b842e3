"""Ed25519 keys of those who vouch for checkpoints; in PEM files, as OpenSSL has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from recorder.audit.files import read, write_new
from recorder.errors import AuditFileUnusable


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Checks signatures."""

    key: Ed25519PublicKey = field(repr=False)

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
        return sha256(self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]

    def is_right(self, signature: str, signed: bytes) -> bool:
        """Whether the signature (hexadecimal) is this key's over these bytes."""
        try:
            self.key.verify(bytes.fromhex(signature), signed)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Makes signatures."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.key.public_key())

    def sign(self, content: bytes) -> str:
        return self.key.sign(content).hex()


def new_keys(file: Path) -> tuple[SigningKey, Path]:
    """A new key in a file for the owner's eyes only, and its public half in the file beside it (.pub).

    Raises:
        OutputUnwritable: one of the files is there already, or cannot be written.
    """
    made = SigningKey(Ed25519PrivateKey.generate())
    beside = file.with_name(file.name + ".pub")
    private = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_new(beside, public)
    try:
        write_new(file, private, mode=0o600)
    except BaseException:
        beside.unlink()
        raise
    return made, beside


def load_signing_key(file: Path) -> SigningKey:
    """Raises AuditFileUnusable."""
    try:
        key = load_pem_private_key(read(file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise AuditFileUnusable(file, "it holds no private Ed25519 key in PEM without a password")
    return SigningKey(key)


def load_public_key(file: Path) -> PublicKey:
    """Raises AuditFileUnusable."""
    try:
        key = load_pem_public_key(read(file))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise AuditFileUnusable(file, "it holds no public Ed25519 key in PEM")
    return PublicKey(key)
