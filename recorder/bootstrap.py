"""Composition root: what a run of the program works with, chosen once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recorder import logs
from recorder.dialogue.domain import Domain
from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.store.observing import Observer, Written
from recorder.store.shards import Here, Workers
from recorder.store.sql import open_log

if TYPE_CHECKING:
    from recorder.store.model_files import ModelFiles


@dataclass(frozen=True, slots=True)
class Recorder:
    settings: Settings
    log: EventLog

    @property
    def models(self) -> ModelFiles:
        from recorder.store.model_files import ModelFiles  # brings numpy, which few commands need

        return ModelFiles(self.settings.models)

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
    """
    log = open_log(settings.database, keys=settings.keys)
    log.observe = _observers(observe)
    return Recorder(settings, log)


def _observers(other: Observer | None) -> Observer | None:
    if other is None:
        return logs.written if logs.is_on() else None

    def both(report: Written) -> None:
        other(report)
        logs.written(report)

    return both
