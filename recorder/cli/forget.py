"""`recorder forget`: make sessions unreadable for ever."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from recorder.bootstrap import Recorder, open_recorder
from recorder.cli.options import (
    as_text,
    database_option,
    json_option,
    models_option,
    print_json,
    printable,
    user,
)
from recorder.cli.progress import progress_bar
from recorder.errors import DatabaseUnusable
from recorder.settings import Settings
from recorder.store.sql import SqlLog
from recorder.upkeep import forgetting
from recorder.upkeep.clearing import Cleared, clear
from recorder.upkeep.forgetting import Export, Forgotten


@click.command("forget")
@click.argument("sessions", nargs=-1, metavar="[SESSION…]")
@click.option("--sender", "senders", multiple=True, metavar="S", help="The session of Rasa's sender S.")
@click.option(
    "--older-than",
    metavar="AGE",
    help="All sessions whose conversation ended that long ago: 90d, 12w, 6m, 1y.",
)
@click.option("--dry-run", is_flag=True, help="Only say which sessions, and which exports hold them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--vacuum/--no-vacuum",
    default=True,
    help="Whether to overwrite at once where they were in the database. It takes the time and the room of "
    "the tables; left out, the next `recorder forget` does it. [default: at once]",
)
@click.option(
    "--reason", default="", callback=as_text, metavar="TEXT", help="Recorded for ever: name nobody in it."
)
@database_option
@models_option
@json_option
def command(
    sessions: tuple[str, ...],
    senders: tuple[str, ...],
    older_than: str | None,
    dry_run: bool,
    yes: bool,
    vacuum: bool,
    reason: str,
    database: str,
    models: Path,
    as_json: bool,
) -> int:
    """Make sessions unreadable for ever, with all reviews of them.

    The keys under which they are encrypted are destroyed, they go from the lists and the search, and
    nothing tells any more whose they were. The log stays whole: how many events there were, when and of
    which type, and that they were forgotten. Then the places where they were are overwritten.

    It is safe to repeat, and to interrupt: what is not done yet is done by the next run, which needs no
    SESSION if only the overwriting is left. Exports that
    were made before are listed: they, backups and models are files of your own.
    """
    named = [*sessions, *senders]
    if named and older_than:
        raise click.UsageError("Name sessions, or say --older-than, not both.")
    recorder = open_recorder(Settings(database=database, models=models))
    log = recorder.log
    assert isinstance(log, SqlLog)  # bootstrap opens no other kind
    chosen = _older(log, older_than) if older_than else list(dict.fromkeys(named))
    known = forgetting.known(log, chosen)
    if dry_run:
        return _would(recorder, known, len(chosen) - len(known), as_json)
    if known and not yes:
        _ask(list(known))
    with progress_bar("Forgetting sessions") as progress:
        done = forgetting.forget(log, list(known), reason=reason, actor=user(), progress=progress)
    cleared = _clear(log) if vacuum and forgetting.has_remains(log) else None
    report = _report(recorder, done, len(chosen) - len(known), cleared)
    if as_json:
        print_json(report)
    else:
        _print(done, report)
    return 1 if cleared and cleared.undone else 0


def _older(log: SqlLog, age: str) -> list[str]:
    try:
        return forgetting.older_than(log, forgetting.moment_before(datetime.now(UTC), age))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from None


def _ask(sessions: Sequence[str]) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Nothing was forgotten. Say --yes, or --dry-run to see what would be.")
    for session in sessions[:20]:
        click.echo(f"  {printable(session)}", err=True)
    if len(sessions) > 20:
        click.echo(f"  … and {len(sessions) - 20:,} more", err=True)
    click.confirm(f"Forget {_count(len(sessions), 'session')} for ever?", abort=True, err=True)


def _clear(log: SqlLog) -> Cleared:
    try:
        cleared = clear(log)
    except DatabaseUnusable as error:  # they are forgotten all the same, and that is to be told
        return Cleared([str(error)])
    if not cleared.undone:
        forgetting.note_cleared(log, user())
    return cleared


def _would(recorder: Recorder, known: dict[str, Forgotten], unknown: int, as_json: bool) -> int:
    if as_json:
        found = _holding(recorder, known.values())
        print_json({"sessions": list(known), "unknown": unknown, **found})
        return 0
    for session, forgotten in known.items():
        click.echo(f"{printable(session)}: {_count(forgotten.events, 'event')}")
    click.echo(f"{_count(len(known), 'session')} would be forgotten.")
    _print_common({"unknown": unknown, **_holding(recorder, known.values())})
    return 0


def _report(
    recorder: Recorder, done: Sequence[Forgotten], unknown: int, cleared: Cleared | None
) -> dict[str, Any]:
    """Names nobody: what a command prints is often kept."""
    return {
        "forgotten": [asdict(each) for each in done],
        "unknown": unknown,
        **_holding(recorder, done),
        "cleared": bool(cleared) and not cleared.undone if cleared else not _remains(recorder),
        "undone": cleared.undone if cleared else [],
        "left": cleared.left if cleared else [],
    }


def _remains(recorder: Recorder) -> bool:
    return forgetting.has_remains(recorder.log)


def _holding(recorder: Recorder, forgotten: Iterable[Forgotten]) -> dict[str, Any]:
    """The exports that hold any of them, or may, and the models trained from those."""
    forgotten = list(forgotten)
    made = forgetting.exports(recorder.log) if forgotten else []
    certain = [export for export in made if any(forgetting.holds(export, each) for each in forgotten)]
    perhaps = [export for export in made if any(forgetting.may_hold(export, each) for each in forgotten)]
    positions = {export.log_position for export in (*certain, *perhaps)}
    trained = recorder.models.list() if positions else []
    return {
        "exports": [_told(export) for export in certain],
        "perhaps": [_told(export) for export in perhaps],
        "models": [model.id for model in trained if model.log_position in positions],
    }


def _told(export: Export) -> dict[str, Any]:
    return {
        "made_at": export.made_at.isoformat(timespec="seconds"),
        "digest": export.digest,
        "log_position": export.log_position,
    }


def _print(done: Sequence[Forgotten], report: dict[str, Any]) -> None:
    events = sum(each.events for each in done)
    streams = ", ".join(str(number) for each in done for number in each.streams)
    if done:
        click.echo(f"Forgot {_count(len(done), 'session')}: {_count(events, 'event')} in streams {streams}.")
    else:
        click.echo("Nothing was forgotten.")
    _print_common(report)
    if report["left"]:
        click.echo("Where forgotten sessions were in the database is overwritten.")
    elif report["cleared"]:
        click.echo("No remains are left to be cleared.")
    elif not report["undone"]:
        click.echo("Remains may be in free places of the database: `recorder forget` clears those.")
    for undone in report["undone"]:
        click.echo(f"recorder: not cleared yet: {undone}. Run `recorder forget` again.", err=True)
    for left in report["left"]:
        click.echo(f"Left to you: {left}.")


def _print_common(report: dict[str, Any]) -> None:
    if report["unknown"]:
        told = _count(report["unknown"], "name")
        click.echo(f"{told} not in the log: never was, or is forgotten already.", err=True)
    for export in report["exports"]:
        click.echo(f"Exported {export['made_at']}, manifest {export['digest']}: delete that export.")
    for export in report["perhaps"]:
        click.echo(f"Exported {export['made_at']}, manifest {export['digest']}: may hold some of them.")
    for model in report["models"]:
        click.echo(f"Model {model} was trained from one of these exports.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
