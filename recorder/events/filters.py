"""What people look for again and again: filters of the inbox with a name, of each person and of the team."""

from __future__ import annotations

from typing import ClassVar

from recorder.events.event import Event, JsonObject


class FilterSaved(Event, frozen=True):
    """The name means this, from now on."""

    type: ClassVar[str] = "filter_saved"

    name: str
    shown: JsonObject
    """Which sessions, in which order; what is not said is as usual (`recorder.read_models.filter_json`)."""


class FilterDropped(Event, frozen=True):
    type: ClassVar[str] = "filter_dropped"

    name: str
