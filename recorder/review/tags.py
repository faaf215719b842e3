"""Tags of a session: short texts that everybody sees and may take away."""

from __future__ import annotations

from collections.abc import Iterable

from recorder.errors import TagUnusable
from recorder.events.event import Event
from recorder.events.remarks import SessionTagged, SessionUntagged

LONGEST = 40
"""Characters of a tag."""


def replay(events: Iterable[Event]) -> tuple[str, ...]:
    """The tags that a session bears, sorted."""
    borne: set[str] = set()
    for event in events:
        match event:
            case SessionTagged(tag=tag):
                borne.add(tag)
            case SessionUntagged(tag=tag):
                borne.discard(tag)
            case _:
                pass
    return tuple(sorted(borne))


def changes(borne: Iterable[str], add: Iterable[str], remove: Iterable[str]) -> list[Event]:
    """What has to happen so that the session bears these and not those; nothing where it is so already.

    Raises TagUnusable: a tag that is added is empty, too long, or not one line of text.
    """
    there = set(borne)
    new = [tag for tag in dict.fromkeys(map(_checked, add)) if tag not in there]
    gone = [tag for tag in dict.fromkeys(map(str.strip, remove)) if tag in there or tag in new]
    return [*map(SessionTagged, new), *map(SessionUntagged, gone)]


def _checked(tag: str) -> str:
    tag = tag.strip()
    if not tag or len(tag) > LONGEST or not tag.isprintable():
        raise TagUnusable(LONGEST)
    return tag
