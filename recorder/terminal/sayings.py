"""What the trainer is told: how to begin, what can be done, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from recorder.terminal.look import AS_TEXT, Look
from recorder.terminal.questions import (
    Kind,
)
from recorder.terminal.words import one_line

KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "stories": ("story", "stories"),
    "examples": ("NLU example", "NLU examples"),
    "domain": ("domain addition", "domain additions"),
}
"""One, and several."""
_OPTIONS: Final[dict[Kind, str]] = {
    "stories": "--stories-out",
    "examples": "--nlu-out",
    "domain": "--domain-out",
}
DEFAULTS: Final[dict[Kind, Path]] = {
    "stories": Path("stories.md"),
    "examples": Path("nlu.md"),
    "domain": Path("domain.yml"),
}
"""What is offered where no file was named."""


def greeting(model: str, session: str, so_far: int = 0) -> str:
    goes_on = f", after {so_far} events" if so_far else ""
    return (
        f"Model {one_line(model)}. Recorded as session {one_line(session)}{goes_on}.\n"
        "Bot loaded. Type a message and press enter. /help tells what else can be done."
    )


HELP: Final = """\
At a question about an action, by one key:
    1 2 3 0   as the menu says; 2 and 3 take the choice in the same line: 2 utter_greet
    u r       undo, redo, any number of levels
    b         a bot action before the one that is proposed: b utter_greet
    w         the user says something else instead of the latest message
    m         mark the entities of the latest message; the intent is right
    f         fork before an earlier message; this conversation is kept and exported too
    d         deactivate the form
    a         all the rest of what was recorded is right
    h         the whole history        ?   this
    e         export and go on         q   quit without export; nothing is lost
Where a message is asked for, the same with a slash (/undo, /fork 2), a number for a button, 0 to
export and quit, /restart to begin anew and keep what was, /intent{"entity": "value"} to say exactly
what is meant. A backslash before a message says it word for word: \\0
In a list: a number, a name, a part of one; a name that is new is asked about (+name: it is new).
Enter alone goes back. Ctrl-C asks whether to stop."""


def chosen(action: str, look: Look = AS_TEXT) -> str:
    return f"thanks! The bot will now [{look.paint('action', one_line(action))}]\n -----------"


def written(kind: Kind, path: Path, count: int, known: int = 0) -> str:
    had = f" ({known:,} it had already)" if known else ""
    return f"{_counted(kind, count)} written to {one_line(str(path))}{had}."


def not_written(kind: Kind, count: int) -> str:
    return f"{_counted(kind, count)} not written ({_OPTIONS[kind]} FILE does it); nothing is lost."


def _counted(kind: Kind, count: int) -> str:
    return f"{count:,} {KINDS[kind][count != 1]}"
