"""What the inbox draws of saved filters: a menu of those there are, and a form to save what is shown."""

from __future__ import annotations

import streamlit as st

from recorder.errors import FilterUnusable
from recorder.review.people import may
from recorder.review.saved_filters import LONGEST
from recorder.services.saved_filters import Saved
from review_app import state
from review_app.inbox import state as inbox_state
from review_app.inbox import views
from review_app.views import plain

TEAM = ":material/group:"
OWN = ":material/bookmark:"


def menu() -> None:
    """The views of the person and of the team; nothing for who has none and may save none."""
    person = state.person()
    there = inbox_state.saved_filters()
    if not there and not may(person, "save_filters"):
        return
    with st.popover("Views", icon=":material/bookmarks:"):
        for each in there:
            _saved(each, may_drop=may(person, "share_filters" if each.shared else "save_filters"))
        if may(person, "save_filters"):
            _form(may_share=may(person, "share_filters"))


def _saved(saved: Saved, *, may_drop: bool) -> None:
    key = f"{'team' if saved.shared else 'own'}-{saved.name}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            plain(saved.name),
            key=f"view-{key}",
            icon=TEAM if saved.shared else OWN,
            type="primary" if saved.filters == inbox_state.filters() else "secondary",
            help=plain(views.view_help(saved)),
            width="stretch",
            on_click=inbox_state.show_filters,
            args=(saved.filters,),
        )
        if may_drop:
            st.button(
                "Delete",
                key=f"drop-view-{key}",
                icon=":material/delete:",
                type="tertiary",
                on_click=inbox_state.drop_saved,
                args=(saved,),
            )


def _form(*, may_share: bool) -> None:
    form = state.edition("save-view")
    with st.form(form, border=False):
        name = st.text_input("Save what is shown as", key=f"{form}-name", max_chars=LONGEST)
        shared = may_share and st.checkbox("For the whole team", key=f"{form}-team")
        if not st.form_submit_button("Save this view", icon=":material/bookmark_add:"):
            return
    try:
        inbox_state.save_filters(name, shared=shared)
    except FilterUnusable as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    state.dealt_with("save-view")
    st.rerun()
