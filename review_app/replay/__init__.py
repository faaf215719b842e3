"""The replay: one session, step by step, in a component that never waits for the server.

The browser holds the whole session and shows each decision at once. It sends its unacknowledged
decisions as one list, again and again, until their ids come back as stored or refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import streamlit as st

from recorder.errors import RecorderError
from recorder.events.event import JsonObject
from recorder.review.people import Person
from recorder.services import reviewing
from recorder.services.reviewing import Desk
from review_app import state

PARTS: Final = (
    *("text", "fold", "outbox", "keys", "transcript", "panel", "dialogs", "entities"),
    *("header", "commands", "replay"),
)
"""The scripts that make one module when they are joined in this order."""

_FOLDER = Path(__file__).parent
SCRIPT: Final = "\n".join((_FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
STYLE: Final = (_FOLDER / "replay.css").read_text(encoding="utf-8")

_component = st.components.v2.component("replay", css=STYLE, js=SCRIPT)


def replay(
    desk: Desk, session: str, person: Person, *, start: str | None, on_next: Callable[[], None]
) -> None:
    """Draw the session as the person's review has it, and take the decisions that arrive.

    Not in a fragment: a server that was killed and started again knows the page, but no fragment of it.

    Args:
        start: id of the step to begin with; None: the first undecided one.
        on_next: called when the person asks for another session; all decisions are stored then.

    Raises:
        UnknownSession
    """
    key = _key(session, person.name)
    outcome = f"{key}-outcome"

    def take() -> None:
        state.remember(outcome, _decide(desk, session, person, _outbox(key).get("decisions")))

    shown = _view(desk, session, person, _outbox(key)) | {"start": start}
    shown["review"] |= state.recall(outcome) or {"acked": [], "refused": [], "error": None}
    result = _component(key=key, data=shown, on_outbox_change=take, on_go_change=_nothing)
    if result.go == "next":
        on_next()


def _key(session: str, annotator: str) -> str:
    """A key that Streamlit accepts, whatever the names hold."""
    return "replay-" + hashlib.sha256(repr((session, annotator)).encode("utf-8", "replace")).hexdigest()[:16]


def _view(desk: Desk, session: str, person: Person, outbox: JsonObject) -> JsonObject:
    """What the component lacks: the whole session, or only what is new in the review."""
    if outbox.get("have") == reviewing.session_key(desk, session, person):
        return {"review": reviewing.review_state(desk, session, person, _count(outbox))}
    return {
        "session": reviewing.open_session(desk, session, person),
        "review": reviewing.review_state(desk, session, person),
    }


def _decide(desk: Desk, session: str, person: Person, sent: Any) -> JsonObject:
    """What became of the decisions; on a failure nothing is acknowledged, so they will be sent again."""
    try:
        outcome = reviewing.decide(desk, session, person, sent if isinstance(sent, list) else [])
    except RecorderError as error:
        return {"acked": [], "refused": [], "error": str(error)}
    return {"acked": outcome.acked, "refused": outcome.refused, "error": None}


def _outbox(key: str) -> JsonObject:
    """What the component said last; whatever a browser may have made of it."""
    held = state.recall(key)
    outbox = held.get("outbox") if held else None
    return outbox if isinstance(outbox, dict) else {}


def _count(outbox: JsonObject) -> int:
    count = outbox.get("count")
    return count if isinstance(count, int) and count > 0 else 0


def _nothing() -> None:
    """Streamlit reports a trigger only where something listens."""
