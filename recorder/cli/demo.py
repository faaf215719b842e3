"""`recorder demo`: the whole circle to try out."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from recorder.bootstrap import open_recorder
from recorder.cli import serving
from recorder.cli.options import tell_removed
from recorder.cli.review import serving_options
from recorder.packaged import packaged
from recorder.services import demonstrating
from recorder.services.demonstrating import BOT
from recorder.settings import Settings
from recorder.store.database import file_url
from recorder.store.log import utc_now
from recorder.store.model_files import ModelFiles
from recorder.store.schema import upgrade

DATABASE = "recorder.db"
MODELS = "models"
ADDED = {"domain": "domain_additions.yml", "stories": "stories.yml", "nlu": "nlu.yml"}
"""What `recorder train` takes -> the export's file of it."""


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="demo",
    show_default=True,
    help="Folder to work in; made where it is missing.",
)
@click.option("--once", is_flag=True, help="Only set everything up; open no app.")
@serving_options
def command(folder: Path, once: bool, port: int, annotator: str, no_browser: bool) -> None:
    """Set up the concert bot, an early model of it and its visitors' sessions, and open the review app.

    Everything lies in one folder. A second run goes on with what is there.
    """
    if not once:
        serving.check(port)
    settings = _set_up(folder)
    _print_next(folder, open_recorder(settings).models.list()[-1].id, once=once)
    if not once:
        serving.serve(settings, port=port, annotator=annotator, open_browser=not no_browser)


def _set_up(folder: Path) -> Settings:
    made = demonstrating.make_folder(folder)
    settings = Settings(file_url(folder / DATABASE), folder / MODELS)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    with Console(stderr=True).status("Setting up the demo…"):
        upgraded = upgrade(settings.database)
        tell_removed((*upgraded.removed, *ModelFiles(settings.models).sweep()))
        before = upgraded.before
        table.add_row("the folder", f"{folder}, " + ("new" if made else "there already"))
        table.add_row("the database", f"{folder / DATABASE}, " + ("there already" if before else "new"))
        recorder = open_recorder(settings)
        steps = demonstrating.set_up(folder, packaged("data"), recorder.log, recorder.models, clock=utc_now)
        for done in steps:
            table.add_row(*done)
    Console().print(table)
    return settings


def _print_next(folder: Path, early: str, *, once: bool) -> None:
    """The rest of the circle, in commands to copy."""
    program = _program()
    trained = " ".join(f"--{name} {BOT}/{name}.yml export/{added}" for name, added in ADDED.items())
    click.echo(
        "\nNext: review a session (1 says yes, 2 and 3 correct, Enter submits), then teach what was found:\n"
    )
    click.echo(f"  cd {shlex.quote(str(folder))}")
    if once:
        click.echo(f"  {program} review")
    click.echo(f"  {program} export --out export")
    click.echo(f"  {program} train {trained}")
    click.echo(f"  {program} compare {early} latest\n")


def _program() -> str:
    """How this program is called from anywhere."""
    beside = Path(sys.executable).with_name("recorder")
    return "recorder" if shutil.which("recorder") or not beside.exists() else shlex.quote(str(beside))
