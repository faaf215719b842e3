"""What a JSON value holds: events of a broker, trackers, lines of our own; told by content, not by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recorder.errors import NotationError
from recorder.events.event import JsonObject
from recorder.formats import jsonl


@dataclass(frozen=True, slots=True)
class Conversation:
    """Some events of one session, as they stand in the file."""

    source: str
    """`broker`, `tracker` or `jsonl`."""
    session: str
    events: list[Any]


def conversations(value: Any) -> tuple[list[Conversation], list[str]]:
    """All conversations in a value, in its order, and what is wrong with the rest of it."""
    if not isinstance(value, list):
        return _all([value], "")
    return _all(value, "item {}: ")


def _all(values: list[Any], place: str) -> tuple[list[Conversation], list[str]]:
    found, problems = [], []
    for number, value in enumerate(values, 1):
        try:
            found.append(_one(value))
        except NotationError as error:
            problems.append(place.format(number) + str(error))
    return found, problems


def _one(value: Any) -> Conversation:
    if not isinstance(value, dict):
        raise NotationError("expected an object: an event, or a tracker")
    if jsonl.is_line(value):
        return Conversation("jsonl", jsonl.from_object(value).session, [value])
    if "events" in value:
        return Conversation("tracker", _sender(value, "sender_id", "name"), _events(value))
    if "event" in value:
        return Conversation("broker", _sender(value, "sender_id"), [value])
    raise NotationError("neither an event (`event`, `sender_id`) nor a tracker (`sender_id`, `events`)")


def _sender(value: JsonObject, *keys: str) -> str:
    sender = next((value[key] for key in keys if value.get(key) not in (None, "")), None)
    if isinstance(sender, bool) or not isinstance(sender, str | int):
        raise NotationError("no `sender_id` says whose it is")
    return str(sender)


def _events(tracker: JsonObject) -> list[Any]:
    events = tracker["events"]
    if events is None:
        raise NotationError("a tracker without its events; dump it with include_events=ALL")
    if not isinstance(events, list):
        raise NotationError("expected a list as `events`")
    if not events:
        raise NotationError("a tracker in which nothing happened")
    return events
