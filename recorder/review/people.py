"""Who may do what: four roles, each of which may do all that the one before it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from recorder.errors import NotAllowed

Role = Literal["viewer", "annotator", "adjudicator", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the least to the most."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as the program knows it; never as a page or a request says."""

    name: str
    """What their decisions are signed with."""
    role: Role


RIGHTS: Final[Mapping[str, Role]] = {
    "read_sessions": "viewer",
    "read_people": "viewer",
    "change_own_password": "viewer",
    "compare_models": "viewer",
    "decide": "annotator",
    "claim": "annotator",
    "comment": "annotator",
    "tag": "annotator",
    "save_filters": "annotator",
    "adjudicate": "adjudicator",
    "share_filters": "adjudicator",
    "read_own_agreement": "annotator",
    "read_agreement": "adjudicator",
    "open_batch": "adjudicator",
    "close_batch": "adjudicator",
    "write_guidelines": "adjudicator",
    "export": "adjudicator",
    "manage_people": "admin",
    "forget": "admin",
    "train": "admin",
}
"""Command -> the least role that may give it. The only place where this is said."""


def may(person: Person, command: str) -> bool:
    """Raises KeyError for a command that is not in the table."""
    return person.role in ROLES[ROLES.index(RIGHTS[command]) :]


def require(person: Person, command: str) -> None:
    """Each service calls this before anything else. Raises NotAllowed."""
    if not may(person, command):
        raise NotAllowed(person.name, person.role, command, RIGHTS[command])


def operator(name: str) -> Person:
    """Whoever has the database itself in hand: at the command line, or solo on this machine."""
    return Person(name, "admin")
