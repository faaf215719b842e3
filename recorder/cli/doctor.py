"""`recorder doctor`: checks everything, and says what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recorder.cli.options import database_option, json_option, models_option, print_json, printable
from recorder.errors import KeyUnusable
from recorder.store.key_source import KeySource
from recorder.upkeep.doctor import examine
from recorder.upkeep.findings import Finding, fail

_STYLES = {"ok": "green", "warn": "yellow", "error": "bold red"}


@click.command("doctor")
@click.option(
    "--export",
    "exports",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder of an export to look at too; may be repeated.",
)
@click.option(
    "--newest",
    type=click.IntRange(min=0),
    default=1_000,
    show_default=True,
    metavar="N",
    help="How many of the newest events are held against the chain; `recorder verify` looks at all.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Mend what is safe to mend: remove what was left half written over an hour ago, take the "
    "write-ahead log over into the database, close the key file to others.",
)
@database_option
@models_option
@json_option
def command(
    exports: tuple[Path, ...], newest: int, fix: bool, database: str, models: Path, as_json: bool
) -> int:
    """Check the database, the log in it, the keys, the models and exports; say what to do.

    Nothing is changed without --fix. The exit code is 1 when something does not work, and 0 when it
    does, though there may be warnings.
    """
    with Console(stderr=True).status("looking…"):
        findings = [*_findings(exports, newest, fix, database, models)]
    broken = any(finding.level == "error" for finding in findings)
    if as_json:
        print_json({"ok": not broken, "findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
    return 1 if broken else 0


def _findings(
    exports: Sequence[Path], newest: int, fix: bool, database: str, models: Path
) -> Iterator[Finding]:
    keys = None
    try:
        keys = KeySource.of(os.environ)
    except KeyUnusable as error:
        yield fail("keys", str(error), "Set one of them only.")
    yield from examine(database, keys, models, exports, newest=newest, fix=fix)


def _print(findings: Sequence[Finding]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("check", "", "found", "what to do"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        level = Text(finding.level, _STYLES[finding.level])
        table.add_row(finding.check, level, *(Text(printable(text)) for text in (finding.says, finding.mend)))
    Console().print(table)
