"""The chain: every row of the log is bound to all rows before it.

    leaf = SHA-256(0x00, canonical bytes of the row)     as in RFC 6962, so that a Merkle tree can stand on it
    link = SHA-256(link of the row before, leaf)

Canonical are: a JSON list of the columns, then the payload as it is stored (encrypted, where it is).
This format is for ever: what was written once must verify with every later version.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import orjson

FIRST: Final = bytes(32)
"""Predecessor of the first link."""


def leaf_of(
    position: int,
    stream: int,
    version: int,
    id: str,
    type: str,
    schema: int,
    occurred_at: str,
    recorded_at: str,
    actor: str,
    payload: bytes,
    digest: bytes | None,
) -> bytes:
    """32 bytes that stand for a row: its columns without `link`, in the order of the table.

    Args:
        occurred_at, recorded_at: as `notated`.
        digest: the stream's, for its first event (version 0); None: any other event.
    """
    columns = (position, stream, version, id, type, schema, occurred_at, recorded_at, actor)
    return _leaf(columns, payload, digest)


def _leaf(columns: tuple[object, ...], payload: bytes, digest: bytes | None) -> bytes:
    said = columns if digest is None else (*columns, digest.hex())
    return sha256(b"\0" + orjson.dumps(said) + payload).digest()


def link_of(previous: bytes, leaf: bytes) -> bytes:
    """32 bytes that stand for a row and all before it."""
    return sha256(previous + leaf).digest()


def link_after(previous: bytes, columns: tuple[object, ...], payload: bytes, digest: bytes | None) -> bytes:
    """`link_of` the row that has these columns (those before the payload) and this payload."""
    return sha256(previous + _leaf(columns, payload, digest)).digest()


def digest_of(salt: bytes, name: str) -> bytes:
    """What a stream's first event says of its name; without the salt nobody can guess it."""
    return sha256(salt + name.encode()).digest()


def notated(time: datetime) -> str:
    """UTC with microseconds, 26 characters: `2024-05-01 12:00:00.123456`."""
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return time.isoformat(" ", "microseconds")[:26]
