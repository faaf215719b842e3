"""Replay: one session, step by step; its address names the session and the step."""

from __future__ import annotations

import streamlit as st

from review_app import state
from review_app.replay import replay


def open_next(after: str = "") -> None:
    """Show the next session of the inbox in this page, or say that none is left."""
    following = state.sessions().next_to_review(annotator, after)
    if following is None:
        st.success("Nothing is left to review.", icon=":material/task_alt:")
        st.page_link("screens/inbox.py", label="Back to the inbox", icon=":material/inbox:")
        return
    st.query_params.from_dict({"session": following})
    st.rerun()


annotator = state.annotator()
session = st.query_params.get("session", "")
if session:
    st.html("<style>[data-testid=stMainBlockContainer] {padding: 4rem 1.5rem 0}</style>")
    replay(
        state.desk(),
        session,
        annotator,
        start=st.query_params.get("step"),
        on_next=lambda: open_next(session),
    )
else:
    open_next()
