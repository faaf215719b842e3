"""What waits for somebody among their work: comments that mention them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recorder.services.remarking import Mention
from review_app import state
from review_app.mentions import views

SHOWN = 10
"""Mentions that are drawn; those after them follow as these are read."""


def mentions(found: Sequence[Mention]) -> None:
    """Who says what, the way there, and a button for what need not be opened; nothing where there is none."""
    if not found:
        return
    with st.container(border=True, key="mentions"):
        st.subheader(views.heading(found), anchor=False)
        for number, mention in enumerate(found[:SHOWN]):
            _mention(number, mention)
        if len(found) > SHOWN:
            st.caption(f"The {SHOWN} newest of {len(found)}.")


def waiting(sessions: Sequence[str]) -> None:
    """On other pages: that there is something, and the way to it."""
    if sessions:
        st.page_link("screens/work.py", label=views.waiting(len(sessions)), icon=":material/alternate_email:")


def _mention(number: int, mention: Mention) -> None:
    st.caption(views.head(mention, state.zone()))
    if mention.comment is not None:
        st.text(mention.comment.text)
    with st.container(horizontal=True, vertical_alignment="center"):
        step = mention.comment.step if mention.comment else ""
        st.page_link(
            "screens/replay.py",
            label="Open the session",
            icon=":material/play_circle:",
            query_params={"session": mention.session, **({"step": step} if step else {})},
            width="content",
        )
        if mention.comment is not None:
            st.button(
                "I have read it",
                key=f"read-{number}-{mention.comment.id}",
                type="tertiary",
                icon=":material/check:",
                help="And all other comments of this session",
                on_click=state.mark_read,
                args=(mention.session,),
            )
