"""The table of all read models."""

from __future__ import annotations

from typing import Final

from recorder.read_models import counters, messages, search, sessions, signals, steps
from recorder.read_models.model import Model

MODELS: Final[dict[str, Model]] = {
    each.name: each
    for each in (sessions.MODEL, steps.MODEL, counters.MODEL, search.MODEL, signals.MODEL, messages.MODEL)
}
