"""Composition root: what a run of the program works with, chosen once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recorder.dialogue.domain import Domain
from recorder.settings import Settings
from recorder.store.log import EventLog
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


def open_recorder(settings: Settings) -> Recorder:
    """Open what the settings name; creates nothing.

    Raises:
        DatabaseUnusable, DatabaseOutOfDate, KeyUnusable: as `open_log`.
    """
    return Recorder(settings, open_log(settings.database, keys=settings.keys))
