"""Composition root: what a run of the program works with, chosen once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recorder import logs
from recorder.dialogue.domain import Domain
from recorder.errors import NotationError, RedactionUnusable
from recorder.settings import Settings
from recorder.store.database import open_database
from recorder.store.log import EventLog
from recorder.store.observing import Observer, Written
from recorder.store.shards import Here, Workers
from recorder.store.sql import SqlLog, open_log

if TYPE_CHECKING:
    from recorder.actions.anywhere import Actions
    from recorder.dialogue.redaction import Redactor
    from recorder.formats.problems import Problem
    from recorder.read_models.catching_up import ReadModels
    from recorder.read_models.replica import Lists
    from recorder.store.model_files import ModelFiles


@dataclass(frozen=True, slots=True)
class Recorder:
    settings: Settings
    log: EventLog

    @property
    def models(self) -> ModelFiles:
        from recorder.store.model_files import ModelFiles  # brings numpy, which few commands need

        return ModelFiles(self.settings.models)

    @property
    def read_models(self) -> ReadModels:
        from recorder.read_models.catching_up import ReadModels  # for few commands

        log = self.log
        assert isinstance(log, SqlLog)  # we open no other kind
        return ReadModels(log.engine, log, log.database.name)

    @property
    def lists(self) -> Lists:
        """Of the sessions, as far as `read_models` has caught up. Raises DatabaseUnusable."""
        from recorder.read_models.replica import Lists
        from recorder.read_models.session_list import SessionList

        log, replica = self.log, self.settings.replica
        assert isinstance(log, SqlLog)
        opened = [log.database, *([open_database(replica)] if replica else [])]
        return Lists(*(SessionList(each.engine, each.name) for each in opened))

    def domain(self) -> Domain | None:
        """That of the model trained last; None: there is no model. Raises ModelUnreadable."""
        models = self.models
        return models.load("latest").domain if models.list() else None

    @contextmanager
    def workers(self) -> Iterator[Workers]:
        """Who does batch jobs. Raises ClusterUnusable."""
        if not self.settings.scheduler and not self.settings.workers:
            yield Here(self.log)
            return
        from recorder import cluster  # brings Dask, which few runs need

        url, scheduler = self.settings.database, self.settings.scheduler
        with (
            cluster.running(scheduler, url) if scheduler else cluster.local(self.settings.workers, url)
        ) as found:
            yield found


def open_recorder(settings: Settings, observe: Observer | None = None) -> Recorder:
    """Open what the settings name; creates nothing.

    Args:
        observe: is told of each transaction that appends, as the logs are.

    Raises:
        DatabaseUnusable, DatabaseOutOfDate, KeyUnusable: as `open_log`.
        RedactionUnusable: what is to be redacted cannot be looked for.
    """
    redact = _redactor(settings)
    log = open_log(settings.database, keys=settings.keys)
    log.observe = _observers(observe)
    log.redact = redact.events if redact else None
    return Recorder(settings, log)


def open_actions(code: Path | None, endpoints: Path | None) -> tuple[Actions, tuple[Problem, ...]]:
    """What runs the bot's custom actions: classes in this process first, then an action server.

    Args:
        code: Python file or folder; it is run. None: there is none.
        endpoints: a file as Rasa's `endpoints.yml`; `${NAME}` in it comes from the environment.

    Returns:
        The actions, and what stands in `endpoints` and is not used.

    Raises:
        ActionsUnreadable, NotationError, EndpointUnusable: a file that cannot be used. OSError: nor read.
    """
    from recorder.actions import local
    from recorder.actions.anywhere import FirstOf

    places: list[Actions] = [local.load(code)] if code else []
    problems: tuple[Problem, ...] = ()
    if endpoints:
        from recorder.actions.client import ActionServer
        from recorder.actions.http import HttpTransport
        from recorder.formats import endpoints_yaml

        text = _text_of(endpoints)
        endpoint, problems = endpoints_yaml.loads(text, str(endpoints), environ=os.environ)
        if endpoint:
            places.append(ActionServer(endpoint, HttpTransport(endpoint)))
    return places[0] if len(places) == 1 else FirstOf(tuple(places)), problems


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotationError("not UTF-8", file=path) from None


def _observers(other: Observer | None) -> Observer | None:
    if other is None:
        return logs.written if logs.is_on() else None

    def both(report: Written) -> None:
        other(report)
        logs.written(report)

    return both


def _redactor(settings: Settings) -> Redactor | None:
    """What the settings want to be gone; None: nothing. Raises RedactionUnusable."""
    if not settings.redact.strip() and not settings.patterns.strip():
        return None
    from recorder.dialogue.redaction import redactor

    kinds = [kind.strip() for kind in settings.redact.split(",") if kind.strip()]
    patterns = {}
    for line in filter(str.strip, settings.patterns.splitlines()):
        name, is_one, pattern = line.partition("=")
        if not is_one or not name.strip() or not pattern:
            raise RedactionUnusable(f"{line!r} is no name=pattern")
        patterns[name.strip()] = pattern
    return redactor(kinds, patterns)
