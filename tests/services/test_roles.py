"""Every service command against every role: who may not is refused before anything is looked at."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import recorder.services
from recorder.errors import NotAllowed
from recorder.review.people import RIGHTS, ROLES, Person, Role

LEAST: dict[str, Role] = {
    "accounts.change_password": "viewer",
    "accounts.disable": "admin",
    "accounts.enable": "admin",
    "accounts.give_role": "admin",
    "accounts.open_account": "admin",
    "accounts.reset_password": "admin",
    "accounts.roster": "viewer",
    "adjudicating.adjudicate": "adjudicator",
    "adjudicating.adjudicate_all": "adjudicator",
    "adjudicating.docket": "adjudicator",
    "adjudicating.open_case": "adjudicator",
    "adjudicating.withdraw": "adjudicator",
    "agreeing.bias": "annotator",
    "agreeing.drift": "annotator",
    "agreeing.figures": "annotator",
    "agreeing.ground": "annotator",
    "agreeing.signals": "adjudicator",
    "batching.blind_sessions": "viewer",
    "batching.case": "viewer",
    "batching.claim": "annotator",
    "batching.claim_next": "annotator",
    "batching.decide": "annotator",
    "batching.gold_sessions": "viewer",
    "batching.is_blind": "viewer",
    "batching.later": "annotator",
    "batching.mine": "annotator",
    "batching.queued": "viewer",
    "batching.release": "annotator",
    "batching.renew": "annotator",
    "batching.reopen": "annotator",
    "batching.skip": "annotator",
    "batching.submit": "annotator",
    "batching.task": "viewer",
    "batching.tasks": "viewer",
    "batching.veiled": "viewer",
    "batching.work_list": "viewer",
    "bulk.alike": "viewer",
    "bulk.following": "viewer",
    "bulk.say": "annotator",
    "bulk.take_back": "annotator",
    "confirming.agreed": "adjudicator",
    "confirming.confirm": "adjudicator",
    "confirming.take_back": "adjudicator",
    "exporting.preview": "adjudicator",
    "exporting.record": "adjudicator",
    "guiding.close_guide": "annotator",
    "guiding.is_closed": "viewer",
    "guiding.is_guided": "viewer",
    "measuring.my_score": "annotator",
    "measuring.scores": "adjudicator",
    "opening.add_to_guidelines": "adjudicator",
    "opening.close_batch": "adjudicator",
    "opening.mark_gold": "adjudicator",
    "opening.open_batch": "adjudicator",
    "opening.preview": "adjudicator",
    "opening.write_guidelines": "adjudicator",
    "remarking.comment": "annotator",
    "remarking.comments_on": "viewer",
    "remarking.key": "viewer",
    "remarking.mark_read": "annotator",
    "remarking.mentions": "annotator",
    "remarking.noted": "viewer",
    "remarking.remark": "annotator",
    "remarking.shows": "viewer",
    "remarking.withdraw": "annotator",
    "reviewing.decide": "annotator",
    "reviewing.open_session": "viewer",
    "reviewing.review_state": "viewer",
    "reviewing.session_key": "viewer",
    "saved_filters.drop": "annotator",
    "saved_filters.save": "annotator",
    "saved_filters.saved": "viewer",
    "saved_filters.share": "adjudicator",
    "saved_filters.unshare": "adjudicator",
    "tagging.tag": "annotator",
    "tagging.tagged": "viewer",
    "training.compare": "viewer",
}
"""Function of `recorder.services` -> the least role for it."""


class Touched(Exception):
    """A service looked at what it was given."""


class Untouchable:
    """Stands for a log, a desk, a name or anything else: whoever so much as looks at it is found out."""

    def _touch(self, *args: object, **named: object) -> Any:
        raise Touched

    __getattribute__ = __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __str__ = _touch
    __contains__ = __lt__ = __add__ = __format__ = __fspath__ = _touch
    __eq__ = __hash__ = _touch


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All public functions that are given a person."""
    for module in pkgutil.iter_modules(recorder.services.__path__):
        found = importlib.import_module(f"recorder.services.{module.name}")
        for name, value in vars(found).items():
            is_public = inspect.isfunction(value) and not name.startswith("_")
            if is_public and value.__module__ == found.__name__ and _takes_person(value):
                yield f"{module.name}.{name}", value


def _takes_person(function: Callable[..., Any]) -> bool:
    parameter = inspect.signature(function).parameters.get("person")
    return parameter is not None and parameter.annotation == "Person"


COMMANDS = dict(commands())


def give(function: Callable[..., Any], person: Person) -> None:
    named: dict[str, Any] = {name: Untouchable() for name in inspect.signature(function).parameters}
    function(**named | {"person": person})


def test_the_table_has_every_command_and_no_other() -> None:
    assert COMMANDS.keys() == LEAST.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("command", LEAST)
def test_whoever_may_not_is_refused_before_anything_is_read_or_written(command: str, role: Role) -> None:
    person = Person("pat", role)
    may = ROLES.index(role) >= ROLES.index(LEAST[command])

    with pytest.raises(Touched if may else NotAllowed) as stopped:
        give(COMMANDS[command], person)

    if isinstance(stopped.value, NotAllowed):
        assert stopped.value.least == LEAST[command]
        assert RIGHTS[stopped.value.command] == LEAST[command]


@pytest.mark.parametrize("command", LEAST)
def test_a_role_that_there_is_not_may_nothing(command: str) -> None:
    with pytest.raises(NotAllowed):
        give(COMMANDS[command], Person("pat", "king"))  # type: ignore[arg-type]


ROOT = Path(__file__).parents[2]
NO_PERSON = {
    "accounts.any_opened": "whether anybody has to sign in",
    "accounts.everybody": "names only; the page asks for the right to open a batch",
    "adjudicating.answer_of": "computes on what it is given",
    "agreeing.labels_of": "computes on what it is given",
    "batching.batches_of": "names only",
    "batching.sessions_of": "names only",
    "batching.guidelines": "what all are told to do",
    "signing_in.idle_time": "a setting",
    "signing_in.read_roles": "a setting",
}
"""What the app may call without saying who asks, and why."""


def called_by_the_app() -> Iterator[str]:
    """What a page calls of services."""
    modules = {module.name for module in pkgutil.iter_modules(recorder.services.__path__)}
    for file in sorted((ROOT / "review_app").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        imported = {
            alias.asname or alias.name: f"{(node.module or '').rpartition('.')[2]}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("recorder.services.")
            for alias in node.names
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if module in modules:
                    yield f"{module}.{name}"
                case ast.Call(func=ast.Name(id=name)) if name in imported:
                    yield imported[name]


def _is_class(name: str) -> bool:
    """Values, and caches over the log: made without asking anything of it."""
    module, _, attribute = name.partition(".")
    return inspect.isclass(getattr(importlib.import_module(f"recorder.services.{module}"), attribute))


def test_the_app_calls_nothing_that_does_not_ask_who_it_is() -> None:
    without = {name for name in called_by_the_app() if name not in LEAST and not _is_class(name)}

    assert without == set(NO_PERSON)
