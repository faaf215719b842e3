"""The files of an export, written whole or not at all, and noted in the log."""

from __future__ import annotations

from pathlib import Path

from recorder.dialogue.domain import Domain
from recorder.errors import OutputExists, OutputUnwritable
from recorder.events.bookkeeping import SessionsExported
from recorder.events.event import export_stream, session_stream
from recorder.review.people import Person, require
from recorder.review.verdicts import USUAL, Rule
from recorder.services.compiling import STORIES, TESTS, Export, compile_shards
from recorder.services.exported import MANIFEST, cut_short, digest, exported, is_as_written
from recorder.services.gold import judged
from recorder.store.drafts import alone_in, drafting, settle, sweep, write_through
from recorder.store.log import EventLog
from recorder.store.shards import Here, Workers


def write(export: Export, out: Path, *, force: bool = False) -> bool:
    """Write the files; each one appears whole or not at all, the manifest last.

    Stories of an earlier export in the other notation go, so that no trainer reads both. What an export
    left there that was cut short is replaced; returns whether there was such a one.

    Raises:
        OutputExists: one of them is there already, with other content, and `force` is not set; nothing
            was written.
        OutputUnwritable: the folder cannot be written to; nothing of it was replaced.
    """
    try:
        _refuse_taken(export, out, force=force)
        out.mkdir(parents=True, exist_ok=True)
        with alone_in(out):
            was_cut_short = _refuse_taken(export, out, force=force)
            outdated = _outdated(out, export)
            with drafting(out) as drafts:
                for name, content in export.files.items():
                    write_through(drafts / name, content)
                for name in export.files:
                    if name == MANIFEST:
                        for path in outdated:
                            path.unlink()
                        settle(out)
                    (drafts / name).replace(out / name)
                settle(out)
            return bool(sweep(out)) or was_cut_short
    except OSError as error:
        raise OutputUnwritable(out, error.strerror or str(error)) from error


def _refuse_taken(export: Export, out: Path, *, force: bool) -> bool:
    """Whether an export was cut short there; raises OutputExists, OutputUnwritable."""
    unfinished = cut_short(out)
    taken = [out / name for name in export.files if (out / name).exists()]
    if folder := next((path for path in taken if path.is_dir()), None):
        raise OutputUnwritable(folder, "it is a folder") if force else OutputExists(folder)
    ours = {name: digest(content) for name, content in export.files.items()}
    others = [p for p in taken if not (is_as_written(p, ours) or is_as_written(p, unfinished))]
    if others and not force:
        raise OutputExists(others[0])
    return bool(unfinished)


def _outdated(out: Path, export: Export) -> list[Path]:
    """An earlier export's stories in the other notation, and its tests, if they are as it wrote them."""
    others = [out / name for name in (*STORIES.values(), TESTS) if name not in export.files]
    earlier = exported(out), cut_short(out)
    return [path for path in others if any(is_as_written(path, digests) for digests in earlier)]


def preview(
    log: EventLog,
    domain: Domain | None,
    person: Person,
    *,
    as_of: int,
    rule: Rule = USUAL,
    workers: Workers | None = None,
) -> Export:
    """What the submitted reviews compile to, as of a position of the log.

    Args:
        workers: who compiles; None: this process.

    Raises NotAllowed.
    """
    require(person, "export")
    return compile_shards(workers or Here(log), judged(log, as_of), domain, rule=rule)


def record(log: EventLog, export: Export, person: Person) -> None:
    """Note in the log that the person made the export; the same export is noted once. Raises NotAllowed."""
    require(person, "export")
    mark, manifest = digest(export.files[MANIFEST]), export.manifest
    event = SessionsExported(manifest["log_position"], mark, manifest["counts"], export.began)
    stream = export_stream(mark[:16])
    if log.version(stream) == 0:
        log.append(stream, [event], actor=person.name)


def is_outdated(log: EventLog, export: Export) -> bool:
    """Whether a session in it was forgotten since it was compiled."""
    names = (session["session"] for session in export.manifest["sessions"])
    return not all(log.version(session_stream(name)) for name in names)
