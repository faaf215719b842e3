"""The demo's world: the concert bot, an early model of it, and what its visitors said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from recorder.errors import OutputUnwritable
from recorder.formats import nlu_yaml
from recorder.ingest.files import open_sources
from recorder.services import ingesting, training, training_files, validating
from recorder.store.log import EventLog
from recorder.store.model_files import ModelFiles

BOT: Final = "concertbot"
EARLY: Final = Path("early", "nlu.yml")
EARLY_EXAMPLES: Final = 5
"""Of each intent: what the bot had been taught when the visitors came."""


class Done(NamedTuple):
    """One thing that was done, and what came of it."""

    what: str
    result: str


def make_folder(folder: Path) -> bool:
    """Whether it was made now. Raises OutputUnwritable."""
    if folder.is_dir():
        return False
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputUnwritable(folder, error.strerror or str(error)) from error
    return True


def set_up(
    folder: Path, data: Path, log: EventLog, models: ModelFiles, *, clock: Callable[[], datetime]
) -> Iterator[Done]:
    """Put the demo into a folder, its log and its models, one step after the other.

    What is there already stays as it is, so a second run goes on with what the first one made.

    Args:
        data: the folder with the concert bot and its sessions.

    Raises:
        OutputUnwritable, TrainingError, and errors of the log.
    """
    yield Done("the concert bot's files", _copied(data / BOT, folder))
    yield Done("checked", _checked(folder / BOT))
    yield Done("an early model", _early_model(folder, models, clock))
    yield Done("its visitors' sessions", _ingested(data / "sessions", log))


def _copied(bot: Path, folder: Path) -> str:
    sources = [file for file in sorted(bot.iterdir()) if file.is_file()]
    contents = {folder / BOT / file.name: file.read_bytes() for file in sources}
    nlu = training_files.read([bot]).nlu.first(EARLY_EXAMPLES)
    contents[folder / EARLY] = nlu_yaml.dump(nlu).encode()
    return f"{_write(contents)} new files in {folder / BOT} and {(folder / EARLY).parent}"


def _write(contents: dict[Path, bytes]) -> int:
    """Write those that are not there, each whole; returns how many."""
    missing = {path: content for path, content in contents.items() if not path.exists()}
    try:
        for path, content in missing.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.new")
            draft.write_bytes(content)
            draft.replace(path)
    except OSError as error:
        raise OutputUnwritable(path, error.strerror or str(error)) from error
    return len(missing)


def _checked(bot: Path) -> str:
    report = validating.validate([bot])
    problems = f"{len(report.problems)} problems" if report.problems else "no problem"
    return f"{report.stories} stories, {report.intents} intents, {report.examples} examples, {problems}"


def _early_model(folder: Path, models: ModelFiles, clock: Callable[[], datetime]) -> str:
    if known := models.list():
        return f"there already: {known[-1].id}"
    taught = [folder / BOT / "domain.yml", folder / BOT / "stories.yml", folder / EARLY]
    file = training.train(taught, models, clock=clock).file
    return f"{file.id}, taught {EARLY_EXAMPLES} examples of each intent"


def _ingested(sessions: Path, log: EventLog) -> str:
    with TemporaryDirectory() as scratch:
        sources, unusable = open_sources([str(sessions)], Path(scratch))
        report = ingesting.ingest(log, sources)
    skipped = len(report.skipped) + len(unusable)
    rest = f", {skipped} skipped" if skipped else ""
    return f"{report.sessions} sessions: {report.new} new events, {report.already_there} there already{rest}"
