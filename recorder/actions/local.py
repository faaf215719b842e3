"""Actions run in this process: Python classes with rasa_sdk's shape, from a file or folder of the user's.

This is code that the user names and so runs knowingly. Nothing is ever loaded from the log or from a model.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

from recorder.actions import protocol
from recorder.actions.anywhere import Events, Outcome
from recorder.actions.rasa_shape import seen_by
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionRejected, ActionsUnreadable


@dataclass(frozen=True, slots=True)
class LocalActions:
    """The custom actions at hand, by name."""

    actions: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self.actions

    def run(
        self, name: str, session: str, state: Tracker, *, domain: Domain, events: Events = list
    ) -> Outcome:
        """As `Actions.run`."""
        if name not in self.actions:
            raise ActionFailed(name, "nothing here defines it")
        action = self.actions[name]
        dispatcher, tracker = seen_by(action, session, state, events)
        try:
            returned = action.run(dispatcher, tracker, orjson.loads(protocol.domain_text(domain)))
            if inspect.iscoroutine(returned):
                # In a thread of its own, since the caller's may have a loop that runs already.
                with ThreadPoolExecutor(1) as pool:
                    returned = pool.submit(asyncio.run, returned).result()
        except (
            Exception,
            SystemExit,
        ) as error:  # the user's code may raise anything; the conversation goes on
            if _declined(error):
                raise ActionRejected(name) from error
            raise ActionFailed(name, _described(error)) from error
        said, done = _plain(name, dispatcher.messages), _plain(name, returned or [])
        return Outcome(protocol.messages(name, said), protocol.objects(name, done))


def _declined(error: BaseException) -> bool:
    """Known by its name, so that rasa_sdk need not be installed."""
    return any(kind.__name__ == "ActionExecutionRejection" for kind in type(error).__mro__)


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".: ")


def _plain(action: str, value: Any) -> Any:
    """The JSON value, cut loose from the action's own; raises ActionFailed."""
    try:
        return orjson.loads(orjson.dumps(value))
    except (TypeError, ValueError) as error:
        raise ActionFailed(action, f"it gave back what is no JSON ({error})") from None


def load(path: Path) -> LocalActions:
    """The actions that a Python file, or the Python files of a folder, define; `actions` may be actions.py.

    An action is a class with `name` and `run`, made without arguments.

    Raises:
        ActionsUnreadable: no such path, no Python, an import that fails, no action in it, or two of one name.
    """
    actions: dict[str, Any] = {}
    for module in _modules(path):
        for action in _actions(module, path):
            name = action.name()
            if name in actions:
                raise ActionsUnreadable(path, f"two classes are named {name}")
            actions[name] = action
    if not actions:
        raise ActionsUnreadable(path, "it defines no class with `name` and `run`")
    return LocalActions(actions)


def _modules(path: Path) -> Iterator[ModuleType]:
    if not path.exists() and path.with_suffix(".py").exists():
        path = path.with_suffix(".py")
    if not path.exists():
        raise ActionsUnreadable(path, "there is no such file or folder")
    # The user's other modules lie beside the file, and are imported as `rasa run actions` would.
    if (beside := str(path.resolve().parent)) not in sys.path:
        sys.path.append(beside)
    if path.is_file():
        yield _module("recorder_actions", path)
    else:
        yield from _package("recorder_actions", path)


def _package(name: str, folder: Path) -> Iterator[ModuleType]:
    """A folder's modules, and those of the packages in it."""
    yield _module(name, folder / "__init__.py", folder)
    for each in sorted(folder.iterdir()):
        if each.suffix == ".py" and not each.name.startswith("_"):
            yield _module(f"{name}.{each.stem}", each)
        elif (each / "__init__.py").exists():
            yield from _package(f"{name}.{each.name}", each)


def _module(name: str, file: Path, folder: Path | None = None) -> ModuleType:
    """Run one file as the module `name`; a package's first file may be missing."""
    if folder is not None and not file.exists():
        module = ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
        return module
    inside = [str(folder)] if folder else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=inside)
    if spec is None or spec.loader is None:
        raise ActionsUnreadable(file, "it is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        if error.name == "rasa_sdk":
            advice = "rasa_sdk is not installed: pip install 'session-recorder[actions]'"
            raise ActionsUnreadable(file, advice) from error
        raise ActionsUnreadable(file, _described(error)) from error
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise ActionsUnreadable(file, _described(error)) from error
    return module


def _actions(module: ModuleType, path: Path) -> Iterator[Any]:
    for kind in vars(module).values():
        if not inspect.isclass(kind) or kind.__module__ != module.__name__ or inspect.isabstract(kind):
            continue
        if callable(getattr(kind, "name", None)) and callable(getattr(kind, "run", None)):
            try:
                action: Any = kind()
                action.name()
            except NotImplementedError:
                continue  # a base of other actions
            except Exception as error:  # the user's code may raise anything
                raise ActionsUnreadable(path, f"{kind.__name__}: {_described(error)}") from error
            yield action
