"""Composition root: what a run of the program works with, chosen once."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.settings import Settings
from recorder.store.log import EventLog
from recorder.store.sql import open_log


@dataclass(frozen=True, slots=True)
class Recorder:
    settings: Settings
    log: EventLog


def open_recorder(settings: Settings) -> Recorder:
    """Open what the settings name; creates nothing.

    Raises:
        DatabaseUnusable, DatabaseOutOfDate: as `open_log`.
    """
    return Recorder(settings, open_log(settings.database))
