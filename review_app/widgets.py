"""What several pages draw."""

from __future__ import annotations

import streamlit as st

from review_app import state, views

FIRST_STEPS = (
    ("recorder ingest PATH…", "sessions that Rasa recorded: databases, dumps, event logs"),
    ("recorder talk", "chat with a trained model; it records itself"),
    ("recorder demo", "the concert bot in a folder of its own, with sessions that need a review"),
)

LEGIBLE = """
[data-testid=stCaptionContainer] { color: inherit !important; opacity: 0.85; }
button kbd { color: inherit !important; }
"""
"""Streamlit's own greys, dark enough to be read."""

LEGIBLE_DARK = """
[kind^=primary], [kind^=primary] p { color: #0e1117 !important; }
.token.comment { color: #a3a8b8 !important; }
.token.builtin { color: #83c9ff !important; }
"""
"""And its white on light blue."""


def legible() -> None:
    """For every page: what Streamlit draws too faint."""
    st.html(f"<style>{LEGIBLE}{LEGIBLE_DARK if state.is_dark() else ''}</style>")


def first_steps() -> None:
    """What to do while there is no session."""
    st.info("There is no session yet. Read or record some:", icon=":material/inbox:")
    for step, what in FIRST_STEPS:
        st.caption(what)
        where = "" if "demo" in step else state.location()
        st.code(f"{step} {where}".rstrip(), language="bash")
    st.caption(f"Database: {views.plain(state.settings().database)}. Reload this page when you are done.")


def behind(events: int) -> None:
    """Say it where a page does not tell of all that is in the log yet; then draw the page again."""
    if events:
        _catching_up()


@st.fragment(run_every=1)
def _catching_up() -> None:
    left = state.still_behind()
    if not left:
        st.rerun()
    st.caption(f":material/hourglass: {views.count(left, 'event')} not shown here yet; they come by and by.")
