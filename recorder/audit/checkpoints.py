"""Checkpoints: what the whole log was at a size, in one hash; kept in the log and, better, outside.

Signed are these lines, each with a line feed at its end, in ASCII:

    recorder checkpoint 1
    <size, decimal>
    <root, hexadecimal>
    <time>
    encrypted | plain

The peaks need no signature, for they make up the root.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgspec.structs import asdict

from recorder.audit.evidence import Findings
from recorder.audit.files import as_json, read_object
from recorder.audit.signing import PublicKey, SigningKey
from recorder.audit.stored_rows import StoredRows, Unreadable
from recorder.audit.walk import Progress, Walk
from recorder.errors import AuditFileUnusable, LogContradictory, LogError
from recorder.events.bookkeeping import CheckpointMade
from recorder.events.codec import decode
from recorder.events.event import Recorded, changed, checkpoint_stream, declared
from recorder.store.chain import FIRST, notated
from recorder.store.database import Row
from recorder.store.log import Clock, utc_now
from recorder.store.merkle import Frontier
from recorder.store.sql import SqlLog

FORMAT: Final = "recorder checkpoint 1"
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def signed_lines(checkpoint: CheckpointMade) -> bytes:
    """What is signed."""
    encrypted = "encrypted" if checkpoint.encrypted else "plain"
    lines = (FORMAT, str(checkpoint.size), checkpoint.root, checkpoint.time, encrypted)
    return "".join(f"{line}\n" for line in lines).encode()


def frontier(checkpoint: CheckpointMade) -> Frontier:
    """From where the tree grows on."""
    return Frontier(checkpoint.size, [bytes.fromhex(peak) for peak in checkpoint.peaks])


def fault(checkpoint: CheckpointMade) -> str | None:
    """Why it cannot be one at all; None: it can."""
    kinds = {"str": str, "int": int, "bool": bool, "tuple[str, ...]": tuple}
    for name, of in declared(CheckpointMade).items():
        if type(getattr(checkpoint, name)) is not kinds[of]:
            return f"its {name} is of another kind"
    hashes = (checkpoint.root, *checkpoint.peaks)
    if not all(isinstance(each, str) and _HASH.fullmatch(each) for each in hashes):
        return "a hash in it is none"
    if checkpoint.size < 1 or len(checkpoint.peaks) != checkpoint.size.bit_count():
        return "it has another number of peaks than its size asks for"
    if frontier(checkpoint).root().hex() != checkpoint.root:
        return "its peaks do not make up its root"
    return None


def parsed(content: Mapping[str, Any], origin: str | Path) -> CheckpointMade:
    """A checkpoint from a JSON object. Raises AuditFileUnusable."""
    known = {name: content[name] for name in declared(CheckpointMade) if name in content}
    try:
        made = CheckpointMade(**{**known, "peaks": tuple(known["peaks"])})
    except (KeyError, TypeError):
        raise AuditFileUnusable(origin, "it is no checkpoint") from None
    if reason := fault(made):
        raise AuditFileUnusable(origin, f"it is no checkpoint: {reason}")
    return made


def read_checkpoint(file: Path) -> CheckpointMade:
    """A checkpoint that was kept outside the log. Raises AuditFileUnusable."""
    return parsed(read_object(file, FORMAT), file)


def told(checkpoint: CheckpointMade) -> dict[str, Any]:
    """As a JSON object, which `parsed` reads."""
    return {"format": FORMAT, **asdict(checkpoint)}


def content_of(checkpoint: CheckpointMade) -> bytes:
    """What its file holds."""
    return as_json(told(checkpoint))


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as the log has it."""

    position: int
    checkpoint: CheckpointMade | None
    """None: what is there is no checkpoint."""


def stored(rows: StoredRows, after: int = -1) -> list[Stored]:
    """The log's own checkpoints behind a version of their stream, oldest first. Raises Unreadable."""
    (found,) = rows.ask((rows.sql.of_stream, {"name": checkpoint_stream(), "after": after}))
    return [Stored(row[0], _decoded(row)) for row in found]


def _decoded(row: Row) -> CheckpointMade | None:
    try:
        event = decode(row[4], row[9], row[5])
    except (ValueError, TypeError, LogError):  # LogError: of a newer program, as it seems
        return None
    return event if isinstance(event, CheckpointMade) and not fault(event) else None


def latest(rows: StoredRows) -> CheckpointMade | None:
    """The log's own last checkpoint. Raises Unreadable."""
    ((version,),) = rows.ask((rows.sql.version, {"name": checkpoint_stream()}))[0] or [(0,)]
    found = stored(rows, version - 2)
    return found[-1].checkpoint if found else None


def make_checkpoint(
    log: SqlLog,
    *,
    signer: SigningKey | None = None,
    actor: str = "",
    clock: Clock = utc_now,
    progress: Callable[[int, int], None] | None = None,
) -> Recorded | None:
    """Append a checkpoint of the log as it is now; what is appended meanwhile is for the next one.

    It goes on from the last one, so that only what is new is read. Who signs goes on only from what the
    same key has signed: a checkpoint that somebody slipped in is not built upon.

    Returns:
        None where the log is empty.

    Raises:
        LogContradictory: what is new does not follow.
        DatabaseUnusable: the storage refused.
    """
    rows = StoredRows(log.database)
    try:
        (encrypted, size, _), *_ = rows.ask((log.sql.head, {}))[0]
        if not size:
            return None
        start = _start(rows, signer.public if signer else None, size)
        tree = _grown(rows, start, size, progress)
    except Unreadable as error:
        raise LogContradictory(f"it cannot be read ({error}).") from error
    made = CheckpointMade(
        size,
        tree.root().hex(),
        tuple(peak.hex() for peak in tree.peaks),
        notated(clock()),
        bool(encrypted),
    )
    if signer is not None:
        made = changed(made, key=signer.public.id, signature=signer.sign(signed_lines(made)))
    return log.append(checkpoint_stream(), [made], actor=actor)[0]


def _start(rows: StoredRows, key: PublicKey | None, size: int) -> CheckpointMade | None:
    last = latest(rows)
    if last is None or last.size > size:
        return None
    if key is not None and not key.is_right(last.signature, signed_lines(last)):
        return None
    return last


def _grown(
    rows: StoredRows, start: CheckpointMade | None, size: int, progress: Callable[[int, int], None] | None
) -> Frontier:
    tree = frontier(start) if start else Frontier()
    after = tree.size
    tell: Progress | None = (lambda done: progress(done - after, size - after)) if progress else None
    walk_to(rows, size, after=after, leaf=tree.add, progress=tell)
    return tree


def walk_to(
    rows: StoredRows,
    size: int,
    *,
    after: int = 0,
    leaf: Callable[[bytes], None],
    progress: Progress | None = None,
) -> None:
    """Tells the leaves behind a position up to another. Raises LogContradictory, Unreadable."""
    findings = Findings()
    link = rows.events(after - 1, 1)[0][10] if after else FIRST
    begun_before = rows.ask((rows.sql.last_stream, {}))[0][0][0] if after else 0
    walk = Walk(rows, findings, after=after, link=link, begun_before=begun_before, leaf=leaf)
    walk.run(size, progress)
    walk.close()
    if findings.kept:
        raise LogContradictory(findings.in_order()[0].what)
    if walk.position != size:
        raise LogContradictory(f"event {walk.position + 1} is not there.")
