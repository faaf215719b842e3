"""`recorder talk`: chat with a trained model in the terminal; everything is recorded."""

from __future__ import annotations

import io
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import click

from recorder.bootstrap import Recorder, open_recorder
from recorder.cli.options import (
    actions_of,
    actions_options,
    as_text,
    database_option,
    models_option,
    patterns_of,
    printable,
    redact_options,
)
from recorder.errors import ActionFailed, LogError
from recorder.events.event import session_stream
from recorder.events.session import BotUttered, Opaque
from recorder.settings import Settings
from recorder.store.model_files import ModelFiles
from recorder.talking.bot import Bot, check_actions
from recorder.terminal.words import block

STOP = "/stop"
HINT = f'{STOP} ends, /restart begins anew, /intent{{"entity": "value"}} says exactly what is meant.'

Answer = Callable[[str], list[BotUttered]]


@click.command("talk")
@click.option("--model", default="latest", show_default=True, metavar="ID", help="Model to talk to.")
@click.option("--session", metavar="ID", callback=as_text, help="Session to go on with; a new one without.")
@actions_options
@redact_options
@database_option
@models_option
def command(
    model: str,
    session: str | None,
    actions: Path | None,
    endpoints: Path | None,
    redact: str,
    patterns: tuple[str, ...],
    database: str,
    models: Path,
) -> int:
    """Chat with a trained model; every message, ranking, action, slot and reply is recorded.

    Messages are read from standard input, one a line; /stop or the end of the input ends the session.
    """
    mind = ModelFiles(models).load(model)
    at_hand = actions_of(actions, endpoints)
    check_actions(mind, at_hand)
    recorder = open_recorder(Settings(database, models, redact=redact, patterns=patterns_of(patterns)))
    name = session or f"talk-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    _tell(_greeting(recorder, mind.id, name))
    bot = Bot(recorder.log, mind, at_hand)

    def answer(text: str) -> list[BotUttered]:
        before = recorder.log.version(session_stream(name))
        replies = bot.answer(name, text)
        _tell_failures(recorder, name, before)
        return replies

    failures = _converse(answer)
    if recorder.log.version(session_stream(name)):
        _tell(f"Session {name} is in {database}. Replay it with `recorder review`.")
    return 1 if failures else 0


def _greeting(recorder: Recorder, model: str, session: str) -> str:
    so_far = recorder.log.version(session_stream(session))
    goes_on = f", after {so_far} events" if so_far else ""
    return f"Model {model} is listening. Recorded as session {session}{goes_on}.\n{HINT}"


def _converse(answer: Answer) -> int:
    """Answer message by message until the input ends; returns how many could not be answered."""
    failures = 0
    try:
        for text in _messages():
            try:
                click.echo(block(answer(text)))
            except LogError as error:  # one message; the next may be stored
                failures += 1
                _tell(f"recorder: {error}")
    except KeyboardInterrupt:
        _tell("")
    return failures


def _tell_failures(recorder: Recorder, session: str, before: int) -> None:
    """Say which actions failed since the session had so many events, and why: the user hears an apology."""
    for row in recorder.log.read(session_stream(session), before - 1):
        event = row.event
        if isinstance(event, Opaque) and event.kind == "action_failed":
            failed = ActionFailed(str(event.data.get("name")), str(event.data.get("reason")))
            _tell(f"recorder: {failed}")


def _messages() -> Iterator[str]:
    """What the user types; on a terminal after a prompt."""
    prompt = "You: " if sys.stdin.isatty() else ""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # bytes that are no text must not end the session
    while True:
        try:
            text = input(prompt).rstrip("\r")
        except EOFError:
            if prompt:
                _tell("")
            return
        if text.strip() == STOP:
            return
        if text.strip():
            yield text


def _tell(text: str) -> None:
    """Say something about the session; stdout is for the bot alone."""
    click.echo(printable(text, "\n"), err=True)
