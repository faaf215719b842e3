"""The webhook of Rasa's action servers: what it is asked, and what its answers mean (formats.md §9). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import repr as brief
from typing import Any, Final

import orjson

from recorder.actions.anywhere import Outcome
from recorder.dialogue.domain import Domain
from recorder.dialogue.tracker import Tracker
from recorder.errors import ActionFailed, ActionRejected, NotationError
from recorder.events.event import JsonObject
from recorder.formats import domain_yaml, rasa_tracker
from recorder.formats.json_text import parse

VERSION: Final = "3.6.21"
"""Of Rasa, whose protocol this is; servers compare it with their own."""
DOMAIN_MISSING: Final = 449
"""The status that says: not run, ask again and send the domain along."""

MAX_DEPTH: Final = 100
"""Levels of an event or a message; what is deeper is no data, and could not be stored."""
_MAY_BE_EMPTY: Final = (
    "text",
    "image",
    "custom",
    "response",
    "template",
    "attachment",
    "buttons",
    "elements",
)


def request(
    action: str, session: str, state: Tracker, events: Sequence[JsonObject], domain: bytes | None
) -> bytes:
    """The body that asks for one action.

    Args:
        events: all of the session, as Rasa writes them.
        domain: from `domain_text`; None: it is left out.
    """
    body: JsonObject = {
        "next_action": action,
        "sender_id": session,
        "tracker": rasa_tracker.dump(session, state, events),
        "version": VERSION,
    }
    if domain is not None:
        body["domain"] = orjson.Fragment(domain)
    return orjson.dumps(body)


def domain_text(domain: Domain) -> bytes:
    """The domain as actions get it: the JSON of a domain file."""
    return orjson.dumps(domain_yaml.as_dict(domain))


def outcome(action: str, status: int, body: bytes) -> Outcome:
    """What an answer says that the action brought about.

    Raises:
        ActionRejected: the action declined.
        ActionFailed: it was not run, it raised, or the answer is none.
    """
    if status == 400 and "action_name" in _object(body):
        raise ActionRejected(action)
    if not 200 <= status < 300:
        raise ActionFailed(action, _refusal(status, _object(body)))
    try:
        answer = parse(body)
    except NotationError as error:
        raise ActionFailed(action, f"the action server's answer is {error}") from None
    if not isinstance(answer, dict):
        raise ActionFailed(action, f"the action server's answer is {brief(answer)}, not an object")
    return Outcome(
        messages(action, answer.get("responses") or []), objects(action, answer.get("events") or [])
    )


def registered(status: int, body: bytes) -> frozenset[str] | None:
    """The names of a server's actions, as it lists them; None: it does not say."""
    try:
        listed = parse(body) if status == 200 else None
    except NotationError:
        return None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return None
    return frozenset(str(one.get("name")) for one in listed)


def messages(action: str, value: Any) -> list[JsonObject]:
    """What an action said, without the keys that its dispatcher fills with nothing.

    Raises ActionFailed as `objects`.
    """
    said = []
    for message in objects(action, value):
        named = {"response": message.get("response") or message.get("template"), "template": None}
        kept = {**message, **named}
        said.append(
            {
                key: one
                for key, one in kept.items()
                if key not in _MAY_BE_EMPTY or one not in (None, "", [], {})
            }
        )
    return said


def objects(action: str, value: Any) -> list[JsonObject]:
    """The value, which must be a list of JSON objects; raises ActionFailed where it is not."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ActionFailed(action, f"it gave back {brief(value)}, not a list of events")
    if _is_deep(value, MAX_DEPTH):
        raise ActionFailed(action, f"it gave back what is nested deeper than {MAX_DEPTH} levels")
    return value


def _is_deep(value: Any, levels: int) -> bool:
    """Whether lists and objects go deeper than that; level by level, so that no depth is suffered."""
    level: list[Any] = [value]
    for _ in range(levels + 1):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for each in inner for one in each if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _object(body: bytes) -> JsonObject:
    """The object that an error's body is; empty where it is none."""
    try:
        said = parse(body)
    except NotationError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(status: int, said: JsonObject) -> str:
    error = said.get("error")
    because = f": {error.rstrip('. ')}" if isinstance(error, str) and error else ""
    match status:
        case 404 if "action_name" in said:
            return "the action server has no such action: add it there, and start the server again"
        case 401 | 403:
            return f"the action server refuses us ({status}): check token, headers and basic_auth"
        case 404:
            return "nothing is at this address (404): check its path, as in http://localhost:5055/webhook"
        case _ if 300 <= status < 400:
            return f"the action server sends us elsewhere ({status}): name that address as its url"
        case 500:
            return f"it raised an error in the action server{because}"
        case _:
            return f"the action server answered with status {status}{because}"
