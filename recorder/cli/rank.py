"""`recorder rank`: let a model rank the actions of recorded sessions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from recorder.bootstrap import open_recorder
from recorder.cli.options import database_option, json_option, models_option, print_json, workers_options
from recorder.cli.progress import progress_bar
from recorder.services import ranking
from recorder.settings import Settings
from recorder.store.model_files import ModelFiles


@click.command("rank")
@click.argument("model", metavar="MODEL")
@click.argument("sessions", nargs=-1, metavar="[SESSION…]")
@database_option
@models_option
@workers_options
@json_option
def command(
    model: str,
    sessions: tuple[str, ...],
    database: str,
    models: Path,
    scheduler: str,
    workers: int,
    as_json: bool,
) -> int:
    """Rank the actions of sessions that were recorded without a ranking.

    MODEL is an id, a folder, or `latest`; without SESSION all sessions are ranked. The rankings are
    added as predictions of MODEL, made later; what was recorded stays as it is. Running it again adds
    nothing.
    """
    settings = Settings(database=database, models=models, scheduler=scheduler, workers=workers)
    recorder = open_recorder(settings)
    mind = ModelFiles(models).load(model)
    with recorder.workers() as found, progress_bar("Ranking sessions") as progress:
        report = ranking.rank(recorder.log, mind, sessions, workers=found, progress=progress)
    if as_json:
        print_json(asdict(report))
    else:
        _print(report, mind.id)
    return 0


def _print(report: ranking.Report, model: str) -> None:
    sessions = report.sessions - report.of_another_bot
    print(f"{report.ranked:,} steps of {sessions:,} sessions ranked by model {model}.")
    print(f"{report.already_there:,} steps had a ranking already.")
    if report.of_another_bot:
        print(f"{report.of_another_bot:,} sessions left alone: the model lacks most of their actions.")
