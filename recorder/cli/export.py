"""`recorder export`: reviewed sessions become training data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from recorder import logs
from recorder.bootstrap import open_recorder
from recorder.cli.options import (
    database_option,
    json_option,
    models_option,
    print_json,
    printable,
    user,
    workers_options,
)
from recorder.cli.progress import progress_bar
from recorder.dialogue.domain import Domain
from recorder.errors import LogError, NotationError
from recorder.events.event import JsonObject
from recorder.review.people import operator
from recorder.review.verdicts import RULES, USUAL, Rule
from recorder.services import adding, exporting, merging, training_files
from recorder.services.adding import Addition
from recorder.services.compiling import Export, Notation, compile_shards
from recorder.services.gold import judged
from recorder.settings import Settings
from recorder.store.shards import Watched


@click.command("export", short_help="Compile reviewed sessions.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write to.")
@click.option(
    "--format",
    "notation",
    type=click.Choice(["yaml", "markdown"]),
    default="yaml",
    show_default=True,
    help="Of the stories: stories.yml, or legacy stories.md.",
)
@click.option(
    "--tests",
    is_flag=True,
    help="Also write test_stories.yml: the sessions as end-to-end test stories, for `recorder test`.",
)
@click.option(
    "--domain",
    "domain_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Domain file or folder to tell what is new against. [default: that of the latest model]",
)
@click.option(
    "--as-of", type=click.IntRange(min=0), metavar="N", help="Use the log as it was at this position."
)
@click.option(
    "--into-stories",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Add the stories to a file of yours, .yml or .md, none of whose bytes is touched.",
)
@click.option(
    "--into-nlu",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Likewise the examples: .yml, .md, .json.",
)
@click.option(
    "--into-domain", type=click.Path(path_type=Path), metavar="FILE", help="Likewise what the domain lacks."
)
@click.option(
    "--verdicts",
    "rule",
    type=click.Choice(RULES),
    default=USUAL,
    show_default=True,
    help="What to take of steps that several people judged: only what nobody was against, what more than "
    "half of them said as well, or only what was adjudicated. What is disputed is never taken.",
)
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@database_option
@models_option
@workers_options
@json_option
def command(
    out: Path | None,
    notation: Notation,
    tests: bool,
    domain_path: Path | None,
    as_of: int | None,
    into_stories: Path | None,
    into_nlu: Path | None,
    into_domain: Path | None,
    rule: Rule,
    force: bool,
    database: str,
    models: Path,
    scheduler: str,
    workers: int,
    as_json: bool,
) -> int:
    """Compile the sessions with a submitted review into training data.

    Writes stories.yml (or stories.md), nlu.yml, domain_additions.yml, manifest.json and, where --tests
    is given, test_stories.yml into DIR; the manifest says where everything came from and why anything was
    left out. An export that was cut short is replaced by the next one.

    Your own files are never touched, unless --into-… names them: then they get what they lack, and every
    byte of them stays.
    """
    if not (out or into_stories or into_nlu or into_domain):
        raise click.UsageError("name a folder with --out, or your files with --into-stories and the like")
    if tests and not out:
        raise click.UsageError("--tests writes to the folder that --out names")
    settings = Settings(database=database, models=models, scheduler=scheduler, workers=workers)
    recorder = open_recorder(settings)
    domain = _domain(domain_path) if domain_path else recorder.domain()
    with recorder.workers() as found, progress_bar("Compiling sessions") as progress:
        shards = judged(recorder.log, as_of)
        export = compile_shards(Watched(found, progress), shards, domain, notation, tests=tests, rule=rule)
    additions = merging.plan(export, stories=into_stories, nlu=into_nlu, domain=into_domain)
    if out and exporting.write(export, out, force=force):
        print(
            printable(f"recorder: an earlier export into {out} was cut short; this one replaces it"),
            file=sys.stderr,
        )
    for addition in additions:
        adding.write(addition)
    logs.info(
        "exported",
        position=export.manifest["log_position"],
        sessions=export.manifest["counts"]["sessions"],
        stories=export.manifest["counts"]["stories"],
    )
    try:
        exporting.record(recorder.log, export, operator(user()))
    except LogError as error:  # the files are written; a log that can only be read is no reason to fail
        print(f"recorder: the log does not know of this export: {error}", file=sys.stderr)
    if as_json:
        merged = {"merged": [_merged(addition) for addition in additions]} if additions else {}
        print_json(export.manifest | merged)
    else:
        _print(export, out, additions)
    _complain(additions)
    if exporting.is_outdated(recorder.log, export):
        places = ", ".join(str(place) for place in (out, *(one.path for one in additions)) if place)
        advice = f"delete it from {places}, export again"
        print(printable(f"recorder: a session in it was forgotten meanwhile: {advice}"), file=sys.stderr)
        return 1
    return 0


def _merged(addition: Addition) -> JsonObject:
    return {
        "file": str(addition.path),
        "added": list(addition.added),
        "known": list(addition.known),
        "problems": [problem.message for problem in addition.problems],
    }


def _complain(additions: Sequence[Addition]) -> None:
    """What could not be added to the user's files."""
    for problem in (problem for addition in additions for problem in addition.problems):
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        print(printable(f"recorder: {place}: {problem.message}"), file=sys.stderr)


def _domain(path: Path) -> Domain:
    found = training_files.read([path])
    for problem in found.unreadable:
        raise NotationError(problem.message, file=problem.file, line=problem.line)
    if found.domain is None:
        raise NotationError("no domain is in it", file=path)
    return found.domain


def _print(export: Export, out: Path | None, additions: Sequence[Addition]) -> None:
    console = Console()
    counts = export.manifest["counts"]
    table = Table(title=f"Exported as of event {export.manifest['log_position']}", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("holds")
    held = {
        "stories": f"{counts['stories']} stories from {counts['sessions']} sessions",
        "test_stories": f"{counts.get('tests', 0)} test stories",
        "nlu": f"{counts['examples']} examples",
        "domain_additions": _added(export.manifest["added"]),
        "manifest": f"{counts['steps_used']} steps used, {counts['steps_corrected']} corrected",
    }
    for name in export.files if out else ():
        table.add_row(str(Path(out or "") / name), held[name.split(".")[0]])
    for addition in additions:
        there = f", {len(addition.known)} there already" if addition.known else ""
        table.add_row(str(addition.path), f"{len(addition.added)} added{there}")
    console.print(table)
    for session in export.manifest["sessions"]:
        for number, episode in enumerate(session["episodes"], 1):
            reason = episode["left_out"] or episode["ends_early"]
            if reason:
                what = "left out" if episode["left_out"] else "ends early"
                line = f"{session['session']}, part {number}: {what}: {reason}"
                console.print(printable(line), markup=False, highlight=False, soft_wrap=True)
    if not export.manifest["sessions"]:
        console.print("No review is submitted yet: open `recorder review` and submit one.", markup=False)


def _added(added: dict[str, list[str]]) -> str:
    found = [f"{len(names)} {kind}" for kind, names in added.items() if names]
    return ", ".join(found) or "nothing new"
