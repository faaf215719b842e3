"""The replay: one session, step by step, in a component that never waits for the server.

The browser holds the whole session and shows each decision at once. It sends its unacknowledged
decisions as one list, again and again, until their ids come back as stored or refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from recorder.errors import NotAllowed, RecorderError
from recorder.events.event import JsonObject
from recorder.review.people import Person, may
from recorder.services import batching, reviewing
from recorder.services.board import Board
from recorder.services.reviewing import Desk
from review_app import state, work_views

PARTS: Final = (
    *("text", "fold", "outbox", "keys", "transcript", "panel", "dialogs", "entities"),
    *("header", "commands", "batch", "replay"),
)
"""The scripts that make one module when they are joined in this order."""

_FOLDER = Path(__file__).parent
SCRIPT: Final = "\n".join((_FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
STYLE: Final = (_FOLDER / "replay.css").read_text(encoding="utf-8")

_component = st.components.v2.component("replay", css=STYLE, js=SCRIPT)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits where: what the replay works on."""

    desk: Desk
    board: Board
    session: str
    person: Person
    batch: str = ""
    """That the page was opened for, where the session is in several."""


def replay(seat: Seat, *, start: str | None, on_go: Callable[[str, str], None]) -> None:
    """Draw the session as the person's review has it, and take the decisions that arrive.

    Not in a fragment: a server that was killed and started again knows the page, but no fragment of it.

    Args:
        start: id of the step to begin with; None: the first undecided one.
        on_go: called when the person leaves for another session, with `next`, `later` or `skip:REASON`
            and the name of the batch, or ""; all decisions are stored then.

    Raises:
        UnknownSession
    """
    key = _key(seat.session, seat.person.name)
    outcome = f"{key}-outcome"

    def take() -> None:
        sent = _outbox(key)
        try:
            present = replace(seat, person=state.still(seat.person))
        except RecorderError as error:
            state.remember(outcome, {"acked": [], "refused": [], "error": str(error)})
            return
        state.remember(outcome, _decide(present, sent.get("decisions")))
        if _count(sent, "pulse") > (state.recall(f"{key}-pulse") or 0) and may(present.person, "claim"):
            state.remember(f"{key}-pulse", _count(sent, "pulse"))
            batching.renew(seat.board, present.person, seat.session)

    shown = _view(seat, _outbox(key)) | {"start": start}
    shown["review"] |= state.recall(outcome) or {"acked": [], "refused": [], "error": None}
    result = _component(key=key, data=shown, on_outbox_change=take, on_go_change=_nothing)
    if result.go:
        on_go(str(result.go), shown["task"]["batch"] if shown["task"] else "")


def _key(session: str, annotator: str) -> str:
    """A key that Streamlit accepts, whatever the names hold."""
    return "replay-" + hashlib.sha256(repr((session, annotator)).encode("utf-8", "replace")).hexdigest()[:16]


def _view(seat: Seat, outbox: JsonObject) -> JsonObject:
    """What the component lacks: the whole session, or only what is new in the review."""
    desk, session, person = seat.desk, seat.session, seat.person
    if outbox.get("have") == reviewing.session_key(desk, session, person):
        review = reviewing.review_state(desk, session, person, _count(outbox, "count"), _asked(outbox))
        return {"review": review, "task": _task(seat)}
    return {
        "session": reviewing.open_session(desk, session, person),
        "review": reviewing.review_state(desk, session, person),
        "task": _task(seat),
    }


def _task(seat: Seat) -> JsonObject | None:
    """The session as it stands in the person's batch; None: it is in none of the open ones."""
    if not may(seat.person, "claim"):
        return None
    found = batching.tasks(seat.board, seat.person, seat.session)
    order = ("mine", "begun", "needs me", "done", "skipped", "full")
    task = min(found, key=lambda each: (each.batch != seat.batch, order.index(each.state)), default=None)
    if task is None:
        return None
    return work_views.task(task, batching.guidelines(seat.board, task.batch), seat.board.clock())


def _decide(seat: Seat, sent: Any) -> JsonObject:
    """What became of the decisions; on a failure nothing is acknowledged, so they will be sent again."""
    made = sent if isinstance(sent, list) else []
    try:
        outcome = batching.decide(seat.board, seat.desk, seat.session, seat.person, made)
    except NotAllowed as error:  # sending it again would change nothing
        return {"acked": [], "refused": [*_refusals(made, str(error))], "error": None}
    except RecorderError as error:
        return {"acked": [], "refused": [], "error": str(error)}
    return {"acked": outcome.acked, "refused": outcome.refused, "error": None}


def _refusals(sent: Sequence[Any], reason: str) -> Iterator[JsonObject]:
    for item in sent:
        if isinstance(item, dict):
            yield {"id": str(item.get("id", "")), "reason": reason}


def _outbox(key: str) -> JsonObject:
    """What the component said last; whatever a browser may have made of it."""
    held = state.recall(key)
    outbox = held.get("outbox") if held else None
    return outbox if isinstance(outbox, dict) else {}


def _count(outbox: JsonObject, name: str) -> int:
    count = outbox.get(name)
    return count if isinstance(count, int) and count > 0 else 0


def _asked(outbox: JsonObject) -> list[int] | None:
    asked = outbox.get("asked")
    return [index for index in asked if isinstance(index, int)] if isinstance(asked, list) else None


def _nothing() -> None:
    """Streamlit reports a trigger only where something listens."""
