"""What happened to the log itself, and what was made of it."""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event, JsonObject


class SessionsExported(Event, frozen=True):
    """An export was written: as of which position of the log, and what was in it."""

    type: ClassVar[str] = "sessions_exported"

    log_position: int
    digest: str
    """SHA-256 of the manifest."""
    counts: JsonObject
    sessions: tuple[int, ...] | None = None
    """Which they were, without their names: the position of each one's first event, ascending; None:
    an older program did not say."""


class SessionForgotten(Event, frozen=True):
    """A session and its reviews were forgotten; nothing here tells whose it was."""

    type: ClassVar[str] = "session_forgotten"

    began: int | None
    """Position of its first event; None: only reviews of it were there."""
    streams: tuple[int, ...]
    """Numbers of its streams, and of its reviews'."""
    digests: tuple[str, ...]
    """Theirs (`recorder.store.chain.digest_of`), in hexadecimal."""
    reason: str = ""
    exports: tuple[str, ...] = ()
    """Digests of the exports that were made before and hold it, as far as they say what they hold."""


class RemainsCleared(Event, frozen=True):
    """The places where forgotten sessions had been were overwritten."""

    type: ClassVar[str] = "remains_cleared"


class LogCopied(Event, frozen=True):
    """All events before this one were taken from another log and encrypted, so their chain is a new one."""

    type: ClassVar[str] = "log_copied"

    log_position: int
    """The other log's last event."""
    link: str
    """Its link there, in hexadecimal."""


class CheckpointMade(Event, frozen=True):
    """What the whole log was when it had `size` events, so that nobody can say later that it was another."""

    type: ClassVar[str] = "checkpoint_made"

    size: int
    """Events that it covers: all positions up to this one."""
    root: str
    """Of the Merkle tree over their leaves, RFC 6962; SHA-256 in hexadecimal, as all hashes here."""
    peaks: tuple[str, ...]
    """Roots of the full subtrees of the tree, the largest first: the next checkpoint goes on from them."""
    time: str
    """UTC with microseconds, `2024-05-01 12:00:00.123456`."""
    encrypted: bool = False
    """Whether the log encrypted what can be forgotten."""
    key: str = ""
    """Id of the public key that the signature is for; empty: it is not signed."""
    signature: str = ""
    """Ed25519, in hexadecimal; `recorder.audit.checkpoints` says over what."""


class Erased(Event, frozen=True):
    """Stands where an event was whose session is forgotten; never written itself."""

    type: ClassVar[str] = "erased"

    kind: str
    """The type of the event."""
