"""`recorder interactive`: teach a bot by talking to it, as with Rasa Core."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from recorder.bootstrap import open_recorder
from recorder.cli import minds
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
from recorder.errors import UnknownSession
from recorder.events.event import session_stream
from recorder.learning.model import Model
from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.store.model_files import LATEST, ModelFile
from recorder.talking.bot import check_actions
from recorder.teaching import refitting
from recorder.teaching.lesson import Lesson
from recorder.terminal import sayings
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
@click.option("--save-model", is_flag=True, help="Keep the model that --learn made, beside the one taught.")
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
    save_model: bool,
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
    if save_model and not learn:
        raise click.UsageError("--save-model keeps what --learn taught: add --learn")
    found = minds.find(core, nlu, model, models)
    if found.problem:
        _tell(f"recorder: {found.problem}")
    mind = found.model
    at_work = actions_of(actions, endpoints)
    check_actions(mind, at_work)
    recorder = open_recorder(Settings(database, models, redact=redact, patterns=patterns_of(patterns)))
    name = session or f"interactive-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    learned = refitting.refit(mind, stories) if learn else None
    opened = partial(Lesson, recorder.log, mind, at_work, annotator=annotator or "trainer", learn=learned)
    lesson = _copy(recorder.log, opened, origin) if origin else opened(session=name)
    so_far = recorder.log.version(session_stream(lesson.session))
    click.echo(sayings.greeting(mind.id, lesson.session, so_far))
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
    if isinstance(lesson.model, Model) and lesson.model.id != mind.id:
        _tell_learned(lesson.model, found.file, keep=save_model)
    return 1 if teaching.failures else 0


def _tell_learned(model: Model, base: ModelFile, *, keep: bool) -> None:
    """Keep the model that a lesson made of another one, or say how; raises OutputUnwritable."""
    if keep:
        kept = refitting.keep(model, base)
        _tell(f"The model that learned this is {kept.id}, in {kept.path.parent}.")
    else:
        _tell("What the model learned ends with this run; --save-model keeps it.")


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


def _tell(text: str) -> None:
    click.echo(printable(text, "\n"), err=True)
