"""What the inbox draws: filters, chips, pages, tags. Nothing is returned; what was chosen is in the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from recorder.read_models.session_list import Labels, Page
from recorder.review.people import may
from review_app import state
from review_app.inbox import saved as saved_widgets
from review_app.inbox import state as inbox_state
from review_app.inbox import views
from review_app.views import count, plain

SMALL_CHIPS = """<style>
.st-key-chips button { min-height: 1.8rem; padding: 0 0.6rem; border-radius: 1rem; }
.st-key-chips { min-height: 2rem; }
</style>"""


def filter_bar(labels: Labels) -> None:
    """Search, filters and order; each is kept in the address, so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            "Search",
            key="q",
            type="search",
            live=True,
            max_chars=200,
            placeholder='Words, "a phrase", a begin*, an id',
            icon=":material/search:",
            label_visibility="collapsed",
            bind="query-params",
            on_change=inbox_state.first_page,
        )
        st.pills(
            "Status",
            list(views.STATUSES),
            format_func=views.STATUSES.__getitem__,
            key="status",
            selection_mode="multi",
            label_visibility="collapsed",
            bind="query-params",
            on_change=inbox_state.first_page,
        )
        with st.popover("Filters", icon=":material/tune:"):
            _more_filters(labels)
        saved_widgets.menu()
        st.selectbox(
            "Order",
            list(views.SORTS),
            format_func=views.SORTS.__getitem__,
            key="sort",
            width=190,
            label_visibility="collapsed",
            bind="query-params",
            on_change=inbox_state.first_page,
        )


def _more_filters(labels: Labels) -> None:
    offers = (
        ("intent", "Intents", labels.intents),
        ("action", "Actions", labels.actions),
        ("source", "Sources", labels.sources),
        ("tag", "Tags", labels.tags),
    )
    for key, label, names in offers:
        st.multiselect(
            label,
            names,
            key=key,
            placeholder="Any",
            bind="query-params",
            on_change=inbox_state.first_page,
        )
    st.slider(
        "Confidence of the least sure step, percent",
        *inbox_state.WHOLE_RANGE,
        value=inbox_state.WHOLE_RANGE,
        key="sure",
        bind="query-params",
        on_change=inbox_state.first_page,
    )


def chips(active: Sequence[views.Chip], sentence: str) -> None:
    """How many there are, and each active filter with a button that takes it away."""
    st.html(SMALL_CHIPS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        st.caption(sentence, width="content")
        for chip in active:
            st.button(
                plain(chip.label),
                key=f"drop-{chip.key}-{chip.value}",
                icon=":material/close:",
                help="Take this filter away",
                on_click=inbox_state.drop_filter,
                args=(chip.key, chip.value),
            )
        if len(active) > 1:
            st.button("Clear all", key="drop-all", type="tertiary", on_click=inbox_state.drop_all_filters)


def tag_all(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tag all sessions of this page, or take away a tag that its rows show."""
    if not may(state.person(), "tag"):
        return
    borne = sorted({tag for row in rows for tag in row["tags"]})
    sessions = [row["session"] for row in rows]
    with (
        st.popover("Tag", icon=":material/sell:"),
        st.form("tag-all", border=False, clear_on_submit=True),
    ):
        st.caption(f"All {count(len(sessions), 'session')} of this page")
        add = st.text_input("Add a tag", max_chars=40)
        remove = st.multiselect("Take away", borne, placeholder="None")
        if st.form_submit_button("Do it") and (add.strip() or remove):
            state.tag(sessions, [add] if add.strip() else [], remove)
            st.rerun()


def pages(page: Page) -> None:
    """Page numbers, where there is more than one page."""
    if page.pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(page.pages, key="page", bind="query-params")
