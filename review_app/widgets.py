"""What several pages draw."""

from __future__ import annotations

import streamlit as st

from review_app import state, views

FIRST_STEPS = (
    ("recorder ingest PATH…", "sessions that Rasa recorded: databases, dumps, event logs"),
    ("recorder talk", "chat with a trained model; it records itself"),
    ("recorder demo", "the concert bot in a folder of its own, with sessions that need a review"),
)

LEGIBLE = """<style>
[data-testid=stCaptionContainer] { color: inherit !important; opacity: 0.85; }
button kbd { color: inherit !important; opacity: 1 !important; }
[kind^=primary], [kind^=primary] p { color: light-dark(#fff, #0e1117) !important; }
code .token { color: inherit !important; }
[data-testid=stExpanderDetails] :is(h1, h2, h3) { font-size: 1.1rem !important; padding: 0.5rem 0 0.25rem; }
[data-testid=stMain]:focus-visible, [data-testid=stDataFrame]:focus-within {
  outline: 2px solid light-dark(#0b6e99, #4cb4dc);
  outline-offset: -2px;
}
</style>"""
"""What Streamlit draws too faint: greys, white on light blue, colours of code; too large: headings of
guidelines; and not at all: where the focus is."""


def legible() -> None:
    """For every page."""
    st.html(LEGIBLE)


def command(line: str) -> None:
    """What to type into a terminal."""
    st.code(line.rstrip(), language="bash", wrap_lines=True)


def first_steps() -> None:
    """What to do while there is no session."""
    st.info("There is no session yet. Read or record some:", icon=":material/inbox:")
    for step, what in FIRST_STEPS:
        st.caption(what)
        command(f"{step} {'' if 'demo' in step else state.location()}")
    st.caption(f"Database: {views.plain(state.settings().database)}. Reload this page when you are done.")


def heading(text: str) -> None:
    """A page's, where nothing stands beside it; at the same height as where something does."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(text, anchor=False, width="content")


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
