"""FACE in the terminal: parse, call a service, print. One module a command, imported when it is called.

Results go to stdout, complaints to stderr: one line for an expected failure, exit code 1. Tracebacks
are for bugs only.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from recorder import __version__, logs
from recorder.cli import stopping
from recorder.cli.options import printable
from recorder.errors import RecorderError

COMMANDS = {
    "init": "create the database, or upgrade it",
    "demo": "set up the concert bot with its recorded sessions, and open the review app",
    "talk": "chat with a trained model; everything is recorded",
    "interactive": "teach a bot by talking to it, as with Rasa Core",
    "ingest": "read sessions that Rasa recorded, from files or from a message broker",
    "follow": "print events as JSON lines, as they come",
    "catchup": "bring the lists of the review app up to date with the log",
    "rebuild": "compute the lists of the review app again",
    "rank": "let a model rank the actions of recorded sessions",
    "tag": "say what sessions are called, for everybody",
    "batch": "queue sessions for several people to review",
    "review": "open the review app",
    "user": "say who may sign in there, and what they may do",
    "serve": "serve a bot over HTTP, and take events",
    "token": "say who may ask that server",
    "monitor": "answer what monitoring asks: metrics, health, readiness",
    "agreement": "say how far people agree",
    "export": "compile reviewed sessions into stories, NLU examples and domain additions",
    "forget": "make sessions unreadable for ever",
    "keys": "say which master keys the log is under, or change them",
    "validate": "read domains, stories, rules and NLU files, and say what was found",
    "train": "train a model",
    "test": "run test stories against a model",
    "compare": "compare two models on the reviewed sessions",
    "checkpoint": "put down what the whole log is now, so that nobody can change it unnoticed",
    "verify": "say whether the log is what was written",
    "prove": "prove to an auditor that an event is in the log",
    "copy": "copy the log to another database",
    "backup": "write the log to a file, while it is in use",
    "restore": "copy a backup into a new database",
    "doctor": "check everything, and say what to do",
}
"""Name -> what it does, in the order of the work. `recorder.cli.<name>` holds the command `command`."""


class _Commands(click.Group):
    """Imports a command's module only when it is run: `recorder --help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"recorder.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        result: object = super().invoke(ctx)
        sys.stdout.flush()  # a closed pipe or a full disk is met here, where it can be told
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_Commands, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="recorder")
@click.pass_context
def group(context: click.Context) -> None:
    """Record live conversations, replay and correct them, compile them into training data.

    The database is named by --database or RECORDER_DATABASE (default sqlite:///recorder.db), the
    folder of models by --models or RECORDER_MODELS (default models). Every command has its own --help.
    """
    logs.info("started", command=context.invoked_subcommand, version=__version__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        arguments = None if argv is None else list(argv)
        result = group.main(args=arguments, prog_name="recorder", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        print("recorder: interrupted", file=sys.stderr)
        return 130
    except RecorderError as error:
        logs.error("failed", error=error)
        return _fail(str(error))
    except OSError as error:
        logs.error("failed", error=error)
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return _fail(f"{place}{error.strerror or error}")
    return result if isinstance(result, int) else 0


def _fail(message: str) -> int:
    print(printable(f"recorder: {message}", "\n"), file=sys.stderr)
    return 1


def run() -> None:
    """The program as a process."""
    _open_streams()
    stopping.at_once()
    started = time.monotonic()
    try:
        logs.configure(os.environ, stays=False)
    except RecorderError as error:
        sys.exit(_fail(str(error)))
    try:
        code = main()
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    logs.info("stopped", code=code, seconds=time.monotonic() - started)
    try:
        sys.stdout.flush()
    except OSError:
        # It was told already; Python would tell it again, in its own way, when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _open_streams() -> None:
    """Streams that the caller closed lead nowhere; what the terminal has no character for is spelt out."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  (open as long as the process)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
