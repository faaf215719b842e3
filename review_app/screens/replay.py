"""Replay: one session, step by step; its address names the session and the step."""

from __future__ import annotations

import streamlit as st

from recorder.services import batching
from review_app import state, views
from review_app.replay import Seat, replay
from review_app.widgets import heading

LATEST = "latest-session"


def leave(what: str, batch: str) -> None:
    """Open what comes next in this page: of the batch, or else of the inbox."""
    if not batch:
        open_next(after=session)
        return
    board = state.board()
    if what == "later":
        batching.later(board, person, batch, session)
    elif what.startswith("skip:"):
        batching.skip(board, person, batch, session, what.removeprefix("skip:"))
    task = batching.claim_next(board, person, batch) or batching.claim_next(board, person)
    if task is None:
        st.switch_page("screens/work.py")
    open_session(task.session, task.batch)


def open_next(after: str) -> None:
    """The next session of the inbox; or say that none is left."""
    following = state.sessions().next_to_review(person.name, after)
    if following is None:
        say_nothing_is_left()
    else:
        open_session(following)


def offer() -> None:
    """Sessions to open. Opening one unasked would turn "back to the inbox" into a way to another session."""
    heading("Replay")
    latest = state.recall(LATEST)
    if latest and not state.is_there(latest):  # it was forgotten meanwhile
        latest = None
    following = state.sessions().next_to_review(person.name, latest or "")
    for session, label in ((latest, "Go on with"), (following, "Next to review:")):
        if session and st.button(f"{label} {views.plain(session)}", icon=":material/play_circle:"):
            open_session(session)
    if following is None:
        say_nothing_is_left()


def open_session(session: str, batch: str = "") -> None:
    st.query_params.from_dict({"session": session, **({"batch": batch} if batch else {})})
    st.rerun()


def say_nothing_is_left() -> None:
    st.success("Nothing is left to review.", icon=":material/task_alt:")
    st.page_link("screens/inbox.py", label="Back to the inbox", icon=":material/inbox:")


person = state.person()
session = st.query_params.get("session", "")
if session:
    st.html("<style>[data-testid=stMainBlockContainer] {padding: 4rem 1.5rem 0}</style>")
    seat = Seat(state.desk(), state.board(), session, person, st.query_params.get("batch", ""))
    replay(seat, start=st.query_params.get("step"), on_go=leave)
    state.remember(LATEST, session)
else:
    offer()
