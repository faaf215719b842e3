"""Proofs for an auditor, who needs no database: that an event is in a log, and that a log only grew.

A proof of an event holds the row as it is stored and the hashes beside its way to the root of a
checkpoint; a proof of growth holds two checkpoints and the hashes that lead from one to the other.
docs/audit.md spells out how to check them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recorder.audit.checkpoints import parsed, told, walk_to
from recorder.audit.evidence import Finding, Findings
from recorder.audit.files import as_json, read_object
from recorder.audit.marks import Held, check_signatures
from recorder.audit.signing import PublicKey
from recorder.audit.stored_rows import StoredRows, Unreadable, canonical, leaf_at
from recorder.errors import AuditFileUnusable, LogContradictory, NotCovered
from recorder.events.bookkeeping import CheckpointMade
from recorder.store.database import Database, Row
from recorder.store.merkle import (
    Roots,
    Run,
    consistency_runs,
    includes,
    inclusion_runs,
    is_consistent,
)

FORMAT: Final = "recorder proof 1"
GROWTH: Final = "recorder growth 1"
_COLUMNS: Final = (
    "position",
    "stream",
    "version",
    "id",
    "type",
    "schema",
    "occurred_at",
    "recorded_at",
    "actor",
)
_NUMBERS: Final = frozenset({"position", "stream", "version", "schema"})
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """That a row was among those that a checkpoint covers."""

    columns: tuple[Any, ...]
    """From position to actor, times as in the chain."""
    payload: bytes
    """As it is stored."""
    digest: bytes | None
    """Of its stream, where it is the stream's first event."""
    path: tuple[bytes, ...]
    checkpoint: CheckpointMade

    def content(self) -> bytes:
        """What its file holds."""
        event = {
            **dict(zip(_COLUMNS, self.columns, strict=True)),
            "payload": base64.b64encode(self.payload).decode(),
            "digest": self.digest.hex() if self.digest else None,
        }
        path = [each.hex() for each in self.path]
        return as_json({"format": FORMAT, "event": event, "path": path, "checkpoint": told(self.checkpoint)})

    def holds(self) -> bool:
        """Whether the row leads to the root of the checkpoint."""
        leaf = leaf_at((*self.columns, self.payload, b""), self.columns[0], self.digest)
        size, root = self.checkpoint.size, bytes.fromhex(self.checkpoint.root)
        return includes(leaf, self.columns[0] - 1, size, self.path, root)


@dataclass(frozen=True, slots=True)
class Growth:
    """That all events of an older checkpoint are, unchanged, the first ones of a newer."""

    before: CheckpointMade
    after: CheckpointMade
    path: tuple[bytes, ...]

    def content(self) -> bytes:
        path = [each.hex() for each in self.path]
        return as_json(
            {"format": GROWTH, "before": told(self.before), "after": told(self.after), "path": path}
        )

    def holds(self) -> bool:
        before, after = (bytes.fromhex(each.root) for each in (self.before, self.after))
        return is_consistent(before, self.before.size, after, self.after.size, self.path)


def prove(
    database: Database, event: str, checkpoint: CheckpointMade, progress: Progress | None = None
) -> Proof:
    """The proof that the event with this id is in the log that the checkpoint was made of.

    Reads all that the checkpoint covers, once.

    Raises:
        NotCovered: no such event, or a later one.
        LogContradictory: the log is not the one that the checkpoint was made of.
    """
    rows = StoredRows(database)
    row, digest = _row(rows, event)
    if row[0] > checkpoint.size:
        reason = f"it is at {row[0]}, and the checkpoint covers {checkpoint.size}; make one that covers it"
        raise NotCovered(f"Event {event}", reason)
    path = _path(rows, inclusion_runs(checkpoint.size, row[0] - 1), checkpoint.size, progress)
    proof = Proof(tuple(row[:9]), row[9], digest, path, checkpoint)
    if not proof.holds():
        raise LogContradictory("the checkpoint was not made of these events.")
    return proof


def prove_growth(
    database: Database, before: CheckpointMade, after: CheckpointMade, progress: Progress | None = None
) -> Growth:
    """The proof that nothing was changed between two checkpoints.

    Raises:
        NotCovered: the first is of a larger log than the second.
        LogContradictory: something was, or the log is not the one that they were made of.
    """
    if before.size > after.size:
        raise NotCovered("That the log only grew", f"it had {before.size} events, and then {after.size}")
    path = _path(StoredRows(database), consistency_runs(after.size, before.size), after.size, progress)
    growth = Growth(before, after, path)
    if not growth.holds():
        raise LogContradictory("the checkpoints were not made of these events.")
    return growth


def _row(rows: StoredRows, event: str) -> tuple[Row, bytes | None]:
    try:
        found = canonical(rows.ask(rows.sql.many(rows.sql.by_id, [event]))[0])
        if not found:
            raise NotCovered(f"Event {event}", "it is not in the log")
        row = found[0]
        streams, _ = rows.streams([row[1]])
    except Unreadable as error:
        raise LogContradictory(f"it cannot be read ({error}).") from error
    if row[2] == 0 and row[1] not in streams:
        raise LogContradictory(f"stream {row[1]} is not there.")
    return row, streams[row[1]].digest if row[2] == 0 else None


def _path(rows: StoredRows, runs: Sequence[Run], size: int, progress: Progress | None) -> tuple[bytes, ...]:
    roots = Roots(runs)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, size)

    try:
        walk_to(rows, size, leaf=roots.add, progress=tell)
    except Unreadable as error:
        raise LogContradictory(f"it cannot be read ({error}).") from error
    return tuple(roots.roots())


def read_proof(file: Path) -> Proof | Growth:
    """A proof of either kind. Raises AuditFileUnusable."""
    content = read_object(file, FORMAT, GROWTH)
    try:
        path = tuple(_hash(each) for each in content["path"])
        if content["format"] == GROWTH:
            return Growth(parsed(content["before"], file), parsed(content["after"], file), path)
        event, checkpoint = content["event"], parsed(content["checkpoint"], file)
        columns = tuple(event[name] for name in _COLUMNS)
        for name, value in zip(_COLUMNS, columns, strict=True):
            if type(value) is not (int if name in _NUMBERS else str):
                raise TypeError(name)
        payload = base64.b64decode(event["payload"], validate=True)
        digest = None if event["digest"] is None else _hash(event["digest"])
        return Proof(columns, payload, digest, path, checkpoint)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise AuditFileUnusable(file, "it is no proof") from None


def _hash(text: str) -> bytes:
    """Raises ValueError, TypeError."""
    if len(text) != 64:
        raise ValueError(text)
    return bytes.fromhex(text)


def check_proof(
    name: str, proof: Proof | Growth, known: Iterable[Held], keys: Sequence[PublicKey]
) -> list[Finding]:
    """What is wrong with a proof; nothing, where it holds and somebody vouches for its checkpoints.

    Args:
        known: checkpoints that were kept; `keys`: those that signatures are trusted of. Without either
            nobody vouches for anything.
    """
    findings = Findings()
    if not proof.holds():
        findings.add("forgery", "proof", f"{name} does not lead to the root of its checkpoint.")
    kept = {each.checkpoint.size: each.checkpoint.root for each in known}
    used = [proof.checkpoint] if isinstance(proof, Proof) else [proof.before, proof.after]
    for checkpoint in used:
        root = kept.get(checkpoint.size)
        if root is None and not keys:
            what = f"Nobody vouches for the checkpoint of {checkpoint.size} events in {name}."
            findings.add("forgery", "proof", what)
        elif root not in (None, checkpoint.root):
            what = f"The checkpoint of {checkpoint.size} events in {name} is not the one that was kept."
            findings.add("forgery", "proof", what)
    held = [Held(f"The checkpoint of {each.size} events in {name}", each) for each in used]
    if keys:
        check_signatures([each for each in held if each.checkpoint.size not in kept], keys, findings)
    return findings.in_order()
