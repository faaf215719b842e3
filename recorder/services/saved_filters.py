"""Filters of the inbox are saved under a name, by people for themselves, or for the whole team."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.events.event import TEAM_FILTERS, own_stream
from recorder.events.filters import FilterDropped
from recorder.read_models import filter_json
from recorder.read_models.session_list import Filters
from recorder.review import saved_filters
from recorder.review.people import Person, require
from recorder.store.log import EventLog


@dataclass(frozen=True, slots=True)
class Saved:
    name: str
    filters: Filters
    by: str
    shared: bool
    """It is the team's."""


def saved(log: EventLog, person: Person) -> list[Saved]:
    """The person's own ones, then the team's, each by name. Raises NotAllowed."""
    require(person, "read_sessions")
    streams = {own_stream(person.name): False, TEAM_FILTERS: True}
    return [
        Saved(each.name, filter_json.from_json(each.shown), each.by, streams[stream])
        for stream, rows in log.read_many(streams).items()
        for each in saved_filters.replay(rows).values()
    ]


def save(log: EventLog, person: Person, name: str, filters: Filters) -> None:
    """For the person alone; a name that is taken means something else from now on.

    Raises NotAllowed, FilterUnusable.
    """
    require(person, "save_filters")
    _save(log, own_stream(person.name), person, name, filters)


def share(log: EventLog, person: Person, name: str, filters: Filters) -> None:
    """For the whole team; otherwise as `save`."""
    require(person, "share_filters")
    _save(log, TEAM_FILTERS, person, name, filters)


def drop(log: EventLog, person: Person, name: str) -> None:
    """Delete one of the person's own; nothing happens where there is none of that name. Raises NotAllowed."""
    require(person, "save_filters")
    _drop(log, own_stream(person.name), person, name)


def unshare(log: EventLog, person: Person, name: str) -> None:
    """Delete one of the team's; otherwise as `drop`."""
    require(person, "share_filters")
    _drop(log, TEAM_FILTERS, person, name)


def _save(log: EventLog, stream: str, person: Person, name: str, filters: Filters) -> None:
    there = saved_filters.replay(log.read(stream))
    event = saved_filters.new(there, name, filter_json.to_json(filters))
    if event.name not in there or filter_json.from_json(there[event.name].shown) != filters:
        log.append(stream, [event], actor=person.name)


def _drop(log: EventLog, stream: str, person: Person, name: str) -> None:
    if name in saved_filters.replay(log.read(stream)):
        log.append(stream, [FilterDropped(name)], actor=person.name)
