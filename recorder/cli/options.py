"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from recorder.formats.json_text import parse
from recorder.settings import DEFAULT_DATABASE, DEFAULT_MODELS
from recorder.terminal.words import printable as printable

if TYPE_CHECKING:
    from recorder.actions.anywhere import Actions

F = TypeVar("F", bound=Callable[..., Any])


def database_option(command: F) -> F:
    return click.option(
        "--database",
        envvar="RECORDER_DATABASE",
        default=DEFAULT_DATABASE,
        show_default=True,
        metavar="URL",
        help="SQLAlchemy URL of the log. [env: RECORDER_DATABASE]",
    )(command)


def models_option(command: F) -> F:
    return click.option(
        "--models",
        envvar="RECORDER_MODELS",
        default=DEFAULT_MODELS,
        show_default=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder of trained models. [env: RECORDER_MODELS]",
    )(command)


def workers_options(command: F) -> F:
    """Who does a batch job: `scheduler` and `workers`, as in `Settings`."""
    command = click.option(
        "--workers",
        default=0,
        type=click.IntRange(min=0),
        metavar="N",
        help="Share the work among N processes of this machine; what comes out is the same.",
    )(command)
    return click.option(
        "--scheduler",
        envvar="RECORDER_SCHEDULER",
        default="",
        metavar="ADDRESS",
        help="Share the work among the workers of a Dask cluster: tcp://host:8786. [env: RECORDER_SCHEDULER]",
    )(command)


def redact_options(command: F) -> F:
    kinds = click.option(
        "--redact",
        envvar="RECORDER_REDACT",
        default="",
        metavar="KINDS",
        help="Personal data to replace before anything is recorded: email, card, iban, phone (with +) or "
        "phone:DE (also as dialled there), separated by commas. [env: RECORDER_REDACT]",
    )
    patterns = click.option(
        "--redact-pattern",
        "patterns",
        multiple=True,
        metavar="NAME=REGEX",
        help="Replace what a regular expression (of RE2) finds by [NAME]; may be given several times. "
        "[env: RECORDER_REDACT_PATTERNS, one a line]",
    )
    return kinds(patterns(command))


def patterns_of(given: Sequence[str]) -> str:
    """The patterns that were named, or else those of the environment."""
    return "\n".join(given) or os.environ.get("RECORDER_REDACT_PATTERNS", "")


def actions_options(command: F) -> F:
    """Where the bot's custom actions are: `actions` and `endpoints`, for `actions_of`."""
    code = click.option(
        "--actions",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Python file or folder with the bot's custom actions. It is run: name only code that you trust.",
    )
    server = click.option(
        "--endpoints",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="endpoints.yml; its action_endpoint is the server that runs the actions that PATH has not.",
    )
    return code(server(command))


def actions_of(actions: Path | None, endpoints: Path | None) -> Actions:
    """What runs the actions; on stderr, what stands in the file and is not used.

    Raises as `bootstrap.open_actions`.
    """
    from recorder.bootstrap import open_actions  # not needed by every command

    found, unused = open_actions(actions, endpoints)
    for problem in unused:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        click.echo(printable(f"recorder: {place}: {problem.message}"), err=True)
    return found


def json_option(command: F) -> F:
    help_text = "Print one JSON object instead of text."
    return click.option("--json", "as_json", is_flag=True, help=help_text)(command)


def user() -> str:
    """Who runs the command."""
    try:
        return os.fsencode(getpass.getuser()).decode("utf-8", "replace")
    except (OSError, KeyError):  # in a container the number of a user may have no name
        return ""


def as_text(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A name to be stored; the command line also takes bytes that are no text."""
    return None if value is None else os.fsencode(value).decode("utf-8", "replace")


def tell_removed(paths: Iterable[Path]) -> None:
    """Name on stderr what was found of runs that were cut short."""
    for path in paths:
        click.echo(printable(f"recorder: removed {path}, left by a run that was cut short"), err=True)


def print_json(value: object) -> None:
    """One JSON document on stdout, indented, in UTF-8 whatever the terminal speaks."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    try:
        text = orjson.dumps(value, option=options)
    except TypeError:  # half a character: the name of a file may be no text
        text = orjson.dumps(parse(json.dumps(value).encode()), option=options)
    click.echo(text)
