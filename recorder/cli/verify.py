"""`recorder verify`: is the log what was written?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from recorder.audit.checkpoints import read_checkpoint
from recorder.audit.evidence import Check, Finding
from recorder.audit.marks import Held
from recorder.audit.proofs import check_proof, read_proof
from recorder.audit.signing import PublicKey, load_public_key
from recorder.audit.verifying import Options, Report, verify
from recorder.cli.options import database_option, json_option, print_json, printable
from recorder.cli.progress import progress_bar
from recorder.settings import Settings

_FILE = click.Path(path_type=Path)


@click.command("verify")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="A checkpoint that was kept outside (recorder checkpoint --out). May be given often.",
)
@click.option(
    "--public-key",
    "public_keys",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="A key that checkpoints are signed with. May be given often; each must have signed something.",
)
@click.option("--deep", is_flag=True, help="Decrypt and decode every event as well.")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    default=1,
    metavar="POSITION",
    help="Take what is before this event as it is; begins at the last checkpoint below it.",
)
@click.option(
    "--proof",
    "proofs",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="Check a proof (recorder prove) instead of the log; no database is needed.",
)
@database_option
@json_option
def command(
    checkpoints: tuple[Path, ...],
    public_keys: tuple[Path, ...],
    deep: bool,
    first: int,
    proofs: tuple[Path, ...],
    database: str,
    as_json: bool,
) -> int:
    """Say whether the log is what was written, and if not, which event is the first that is not.

    Every event is held against the chain of all events, every stream against its first event, the log
    against its own checkpoints and those that were kept outside. What is wrong is called

    \b
      damage   what cannot be read, or does not fit its index: a crash, a failing disk
      cut      what is there is right, but it ends too early: a restored backup, lost commits
      forgery  it can be read, and contradicts itself or a checkpoint

    A log that was rewritten as a whole contradicts nothing but a checkpoint that is signed or was kept
    elsewhere: make some with `recorder checkpoint`.

    Nothing is written, and others may go on appending. The exit code is 0 only when nothing is wrong.
    """
    keys = [load_public_key(file) for file in public_keys]
    outside = [Held(str(file), read_checkpoint(file)) for file in checkpoints]
    if proofs:
        return _check_proofs(proofs, outside, keys, as_json=as_json)
    settings = Settings(database)
    options = Options({each.origin: each.checkpoint for each in outside}, keys, deep, first)
    with progress_bar("Verifying events") as progress:
        report = verify(settings.database, settings.keys, options, progress)
    if as_json:
        print_json({"right": report.is_right, **asdict(report)})
    else:
        _print(report.findings, report.counts)
        for line in _told(report, is_vouched_for=bool(outside or keys)):
            click.echo(line)
    return 0 if report.is_right else 1


def _check_proofs(
    files: Sequence[Path], known: Sequence[Held], keys: Sequence[PublicKey], *, as_json: bool
) -> int:
    found = [each for file in files for each in check_proof(str(file), read_proof(file), known, keys)]
    if as_json:
        print_json({"right": not found, "findings": [asdict(each) for each in found]})
    else:
        _print(found, {})
        click.echo("What was to be proved is not." if found else "Proved.")
    return 1 if found else 0


def _print(findings: Sequence[Finding], counts: Mapping[Check, int]) -> None:
    for each in findings:
        click.echo(printable(f"{each.kind:8} {each.what}"))
    shown = {check: sum(each.check == check for each in findings) for check in counts}
    for check, count in counts.items():
        if count > shown[check]:
            click.echo(f"         … and {count - shown[check]:,} more about: {check}")


def _told(report: Report, *, is_vouched_for: bool) -> Iterator[str]:
    rate = report.events / report.seconds if report.seconds else 0
    since = f" behind event {report.after:,}" if report.after else ""
    yield (
        f"{report.events:,} events{since}; streams that began there: {report.streams:,}, "
        f"keys: {report.keys:,}, checkpoints that fit: {report.checkpoints:,}, "
        f"signatures: {report.signatures:,}; "
        f"{report.seconds:.1f} s, {rate:,.0f} events/s."
    )
    if report.keys_unchecked:
        yield f"The keys could not be looked into: {report.keys_unchecked}."
    if report.unchecked:
        yield f"{report.unchecked:,} checkpoints could not be held against the log."
    if not report.is_right:
        kinds = {each.kind for each in report.findings}
        yield f"The log is not what was written: {', '.join(sorted(kinds))}."
        if len(kinds) > 1 and "damage" in kinds:
            yield "Where there is damage, the rest may be its consequence."
        return
    yield "Nothing is wrong."
    if not is_vouched_for:
        yield "A log that was rewritten as a whole shows only with --checkpoint or --public-key."
