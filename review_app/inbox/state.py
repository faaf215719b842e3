"""The filters of the inbox: what their widgets hold, and which are saved under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from recorder.read_models.session_list import Filters
from recorder.services import batching
from recorder.services import saved_filters as saving
from recorder.services.saved_filters import Saved
from review_app import state

WHOLE_RANGE: Final = (0, 100)
"""Percent."""
FILTER_DEFAULTS: Final[dict[str, Any]] = {
    "q": "",
    "intent": [],
    "action": [],
    "source": [],
    "tag": [],
    "status": [],
    "sure": WHOLE_RANGE,
    "sort": "unsure",
    "page": 1,
}
"""Widget key, which is the query parameter too -> what it holds when nothing is filtered."""


def filters() -> Filters:
    """What the filter widgets hold."""
    held = {key: st.session_state.get(key, default) for key, default in FILTER_DEFAULTS.items()}
    low, high = held["sure"]
    return Filters(
        text=held["q"] or "",
        intents=tuple(held["intent"]),
        actions=tuple(held["action"]),
        sources=tuple(held["source"]),
        tags=tuple(held["tag"]),
        statuses=tuple(held["status"]),
        low=low / 100,
        high=high / 100,
        sort=held["sort"] or "unsure",
    )


def show_filters(wanted: Filters) -> None:
    """Let the filter widgets hold this; what occurs nowhere any more is left out."""
    labels = state.sessions().labels()
    st.session_state["q"] = wanted.text
    for key, names, known in (
        ("intent", wanted.intents, labels.intents),
        ("action", wanted.actions, labels.actions),
        ("source", wanted.sources, labels.sources),
        ("tag", wanted.tags, labels.tags),
    ):
        st.session_state[key] = [name for name in names if name in known]
    st.session_state["status"] = list(wanted.statuses)
    st.session_state["sure"] = (round(wanted.low * 100), round(wanted.high * 100))
    st.session_state["sort"] = wanted.sort
    first_page()


def saved_filters() -> list[Saved]:
    """The person's own, then the team's. Raises NotAllowed."""
    return saving.saved(state.recorder().log, state.person())


def save_filters(name: str, *, shared: bool) -> None:
    """What the filter widgets hold. Raises NotAllowed, FilterUnusable."""
    save = saving.share if shared else saving.save
    save(state.recorder().log, state.person(), name, filters())


def drop_saved(saved: Saved) -> None:
    """Raises NotAllowed."""
    drop = saving.unshare if saved.shared else saving.drop
    drop(state.recorder().log, state.person(), saved.name)


def listed(wanted: Filters) -> Filters:
    """The filters without what they would tell of sessions that are blind for the person."""
    if not wanted.tells:
        return wanted
    return replace(wanted, without=tuple(sorted(batching.veiled(state.board(), state.person()))))


def page_number() -> int:
    """The page asked for, from 1; the widget that chooses it is drawn below the list, so ask before it."""
    held = st.session_state.get("page")
    asked = st.query_params.get("page", "")
    return held if isinstance(held, int) else int(asked) if asked.isdecimal() and len(asked) < 7 else 1


def first_page() -> None:
    """Whoever filters anew begins at the first page."""
    st.session_state["page"] = 1


def drop_filter(key: str, value: str | None = None) -> None:
    """Take one value out of a filter, or the whole filter back to its default."""
    held = st.session_state.get(key)
    several = isinstance(held, Sequence) and value is not None
    st.session_state[key] = [v for v in held if v != value] if several and held else FILTER_DEFAULTS[key]
    first_page()


def drop_all_filters() -> None:
    for key, default in FILTER_DEFAULTS.items():
        if key != "sort":
            st.session_state[key] = default
