"""`recorder interactive`: teach a bot by talking to it, as with Rasa Core."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import click
import orjson

from recorder.bootstrap import open_recorder
from recorder.cli.options import (
    actions_of,
    actions_options,
    as_text,
    database_option,
    models_option,
    patterns_of,
    printable,
    redact_options,
    user,
)
from recorder.cli.paths import ManyValues, paths_option
from recorder.errors import ModelError, ModelUnreadable, UnknownSession
from recorder.events.event import session_stream
from recorder.learning.model import Model
from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.store.model_files import LATEST, ModelFiles
from recorder.talking.bot import check_actions
from recorder.teaching.lesson import Lesson
from recorder.teaching.refitting import refit
from recorder.terminal import screen
from recorder.terminal.exports import Exports
from recorder.terminal.keyboard import at_hand
from recorder.terminal.loop import Teaching
from recorder.terminal.questions import Kind

_FILE = click.Path(path_type=Path)


@click.command("interactive", cls=ManyValues, short_help="Teach a bot by talking to it.")
@click.option(
    "-d",
    "--core",
    type=_FILE,
    metavar="PATH",
    help="Model to teach: its folder, or a folder of models, of which the latest is taken.",
)
@click.option(
    "-u",
    "--nlu",
    type=_FILE,
    metavar="PATH",
    help="Model that understands messages, where it is another one. A model of this program does both.",
)
@click.option(
    "--model", default=LATEST, show_default=True, metavar="ID", help="Model, by its id in --models."
)
@models_option
@click.option("--stories-out", type=_FILE, metavar="FILE", help="Add the stories to it; asked for without.")
@click.option("--nlu-out", type=_FILE, metavar="FILE", help="Add the examples of intents to it.")
@click.option("--domain-out", type=_FILE, metavar="FILE", help="Add new intents, actions, … to it.")
@click.option("--session", metavar="ID", callback=as_text, help="Session to go on with; a new one without.")
@click.option(
    "--from",
    "origin",
    metavar="SESSION:STEP",
    callback=as_text,
    help="Begin with a copy of a recorded session up to a step: the number of a message, or an event's id.",
)
@click.option("--learn", is_flag=True, help="The model learns each correction at once, for this run.")
@paths_option("stories", "What --learn keeps in mind besides the corrections: stories and rules")
@click.option("--sort", is_flag=True, help="Lists begin with the likeliest, not in the order of the domain.")
@click.option(
    "--annotator", default=user, callback=as_text, metavar="NAME", help="Who teaches. [default: you]"
)
@actions_options
@redact_options
@database_option
def command(
    core: Path | None,
    nlu: Path | None,
    model: str,
    models: Path,
    stories_out: Path | None,
    nlu_out: Path | None,
    domain_out: Path | None,
    session: str | None,
    origin: str | None,
    learn: bool,
    stories: tuple[Path, ...],
    sort: bool,
    annotator: str,
    actions: Path | None,
    endpoints: Path | None,
    redact: str,
    patterns: tuple[str, ...],
    database: str,
) -> int:
    """Talk to a bot, say at every step whether it is right, and export what it was taught as stories.

    \b
    python -m rasa_sdk --actions actions &
    recorder interactive -d models --endpoints endpoints.yml --stories-out stories_interactive.md

    At a question, one key answers (? tells which); 0 exports and quits. Every answer is in the log at
    once, as a decision on a recorded session: go on with it any time with --session, or in `recorder
    review`. Undo, forks and restarts lose nothing. Files are only added to. Where standard input is no
    terminal, each answer is a line, so that a lesson can be a script.
    """
    if session and origin:
        raise click.UsageError("--from begins a session of its own: leave out --session")
    if stories and not learn:
        raise click.UsageError("--stories is for --learn; --stories-out names the file to add to")
    mind = model_of(core, nlu, model, models)
    at_work = actions_of(actions, endpoints)
    check_actions(mind, at_work)
    recorder = open_recorder(Settings(database, models, redact=redact, patterns=patterns_of(patterns)))
    name = session or f"interactive-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    learned = refit(mind, stories) if learn else None
    opened = partial(Lesson, recorder.log, mind, at_work, annotator=annotator or "trainer", learn=learned)
    lesson = _copy(recorder.log, opened, origin) if origin else opened(session=name)
    so_far = recorder.log.version(session_stream(lesson.session))
    click.echo(screen.greeting(mind.id, lesson.session, so_far))
    paths: dict[Kind, Path | None] = {
        "stories": stories_out,
        "examples": nlu_out,
        "domain": domain_out,
    }
    unnamed: list[Kind] = [] if stories_out else ["stories"]
    keyboard = at_hand(sort=sort)
    teaching = Teaching(lesson, keyboard, Exports(keyboard, paths, unnamed))
    teaching.run()
    kept = [each for each in lesson.sessions if recorder.log.version(session_stream(each))]
    if kept:
        names = ", ".join(kept)
        _tell(f"In {database}: {names}. Go on with --session {kept[-1]}, or with `recorder review`.")
    return 1 if teaching.failures else 0


def _copy(log: EventLog, opened: Callable[..., Lesson], origin: str) -> Lesson:
    """A lesson that begins with a copy; raises UnknownSession, UnknownStep, LogError."""
    session, colon, step = origin.rpartition(":")
    if not colon:
        raise click.UsageError(f"--from wants SESSION:STEP, as in {origin}:2")
    if not log.version(session_stream(session)):
        raise UnknownSession(session)
    lesson = opened(session=session)
    numbered = {str(heard.number): heard.step for heard in lesson.messages}
    lesson.fork_before(numbered.get(step, step))
    return lesson


def model_of(core: Path | None, nlu: Path | None, model: str, models: Path) -> Model:
    """The model to teach, with another one's understanding where `nlu` names one.

    Raises ModelError.
    """
    mind = _named(core, models) if core else ModelFiles(models).load(model)
    if nlu is None:
        return mind
    try:
        other = _named(nlu, models)
    except ModelError:
        _tell(
            f"recorder: {nlu} is no model of this program; {mind.id}, which does both, understands messages."
        )
        return mind
    if other.id == mind.id:
        return mind
    return replace(mind, id=f"{mind.id}.{other.id}", intents=other.intents, entities=other.entities)


def _named(path: Path, models: Path) -> Model:
    """A model by the path of its folder, of a folder of models, or by its id; raises ModelError."""
    if _is_rasas(path):
        raise ModelUnreadable(path, "it is a model of Rasa's, which only Rasa can load")
    if (path / "metadata.json").exists():
        return ModelFiles(path.parent).load(path.name)
    if ModelFiles(path).list():
        return ModelFiles(path).load(LATEST)
    if (models / path / "metadata.json").exists():
        return ModelFiles(models).load(str(path))
    reason = "no trained model is in that folder" if path.is_dir() else "there is no such folder"
    raise ModelUnreadable(path, f"{reason}; `recorder train --out {path}` trains one into it")


def _is_rasas(path: Path) -> bool:
    if path.is_file() or (path / "policy_metadata.json").exists() or (path / "core").is_dir():
        return True
    try:
        about = orjson.loads((path / "metadata.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and "format" not in about


def _tell(text: str) -> None:
    click.echo(printable(text, "\n"), err=True)
