"""What pages draw: filters, chips, pages. They return nothing; what was chosen is in the state."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recorder.store.session_list import Labels, Page
from review_app import state, views

FIRST_STEPS = """\
recorder demo                  # the concert bot, with sessions that need a review
recorder ingest PATH…          # sessions that Rasa recorded: databases, dumps, event logs
recorder talk                  # chat with a trained model; it records itself"""

SMALL_CHIPS = """<style>
.st-key-chips button { min-height: 1.8rem; padding: 0 0.6rem; border-radius: 1rem; }
.st-key-chips { min-height: 2rem; }
</style>"""


def first_steps() -> None:
    """What to do while there is no session."""
    st.info("There is no session yet. Record or read some:", icon=":material/inbox:")
    st.code(FIRST_STEPS, language="bash")
    st.caption(f"Database: {views.plain(state.settings().database)}. Reload this page when you are done.")


def filter_bar(labels: Labels) -> None:
    """Search, filters and order; each is kept in the address, so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            "Search",
            key="q",
            type="search",
            live=True,
            max_chars=200,
            placeholder="Words that were said, or a session's id",
            icon=":material/search:",
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )
        st.pills(
            "Status",
            list(views.STATUSES),
            format_func=views.STATUSES.__getitem__,
            key="status",
            selection_mode="multi",
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )
        with st.popover("Filters", icon=":material/tune:"):
            _more_filters(labels)
        st.selectbox(
            "Order",
            list(views.SORTS),
            format_func=views.SORTS.__getitem__,
            key="sort",
            width=190,
            label_visibility="collapsed",
            bind="query-params",
            on_change=state.first_page,
        )


def _more_filters(labels: Labels) -> None:
    offers = (
        ("intent", "Intents", labels.intents),
        ("action", "Actions", labels.actions),
        ("source", "Sources", labels.sources),
    )
    for key, label, names in offers:
        st.multiselect(
            label,
            names,
            key=key,
            placeholder="Any",
            bind="query-params",
            on_change=state.first_page,
        )
    st.slider(
        "Confidence of the least sure step, percent",
        *state.WHOLE_RANGE,
        value=state.WHOLE_RANGE,
        key="sure",
        bind="query-params",
        on_change=state.first_page,
    )


def chips(active: Sequence[views.Chip], sentence: str) -> None:
    """How many there are, and each active filter with a button that takes it away."""
    st.html(SMALL_CHIPS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        st.caption(sentence, width="content")
        for chip in active:
            st.button(
                views.plain(chip.label),
                key=f"drop-{chip.key}-{chip.value}",
                icon=":material/close:",
                help="Take this filter away",
                on_click=state.drop_filter,
                args=(chip.key, chip.value),
            )
        if len(active) > 1:
            st.button("Clear all", key="drop-all", type="tertiary", on_click=state.drop_all_filters)


def pages(page: Page) -> None:
    """Page numbers, where there is more than one page."""
    if page.pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(page.pages, key="page", bind="query-params")


def open_replay(session: str, step: str | None) -> None:
    """Go to the replay; without a step it opens where the review stands."""
    place = {"session": session} | ({"step": step} if step else {})
    st.switch_page("pages/replay.py", query_params=place)
