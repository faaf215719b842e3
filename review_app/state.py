"""What pages share: the opened recorder, who is reviewing, the filters. The only user of st.session_state."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from recorder.bootstrap import Recorder, open_recorder
from recorder.services.reviewing import Desk
from recorder.settings import DEFAULT_DATABASE, DEFAULT_MODELS, Settings
from recorder.store.read_models import ReadModels
from recorder.store.session_list import Filters, SessionList
from recorder.store.sql import SqlLog

WHOLE_RANGE: Final = (0, 100)
"""Percent."""
FILTER_DEFAULTS: Final[dict[str, Any]] = {
    "q": "",
    "intent": [],
    "action": [],
    "source": [],
    "status": [],
    "sure": WHOLE_RANGE,
    "sort": "unsure",
    "page": 1,
}
"""Widget key, which is the query parameter too -> what it holds when nothing is filtered."""


def settings() -> Settings:
    """As `recorder review` handed them over."""
    return Settings(
        os.environ.get("RECORDER_DATABASE", DEFAULT_DATABASE),
        Path(os.environ.get("RECORDER_MODELS", DEFAULT_MODELS)),
    )


def annotator() -> str:
    """Whose decisions are taken: solo, the name given at the start, or the user of this machine."""
    return os.environ.get("RECORDER_ANNOTATOR", "").strip() or _user()


def recorder() -> Recorder:
    """Raises DatabaseUnusable, DatabaseOutOfDate."""
    return _recorder(settings())


def desk() -> Desk:
    """Where the sessions under review lie open, one for all browser tabs."""
    return _desk(settings())


def sessions() -> SessionList:
    """The list of sessions, as of now."""
    models, listed = _lists(settings())
    models.catch_up()
    return listed


def filters() -> Filters:
    """What the filter widgets hold."""
    held = {key: st.session_state.get(key, default) for key, default in FILTER_DEFAULTS.items()}
    low, high = held["sure"]
    return Filters(
        text=held["q"] or "",
        intents=tuple(held["intent"]),
        actions=tuple(held["action"]),
        sources=tuple(held["source"]),
        statuses=tuple(held["status"]),
        low=low / 100,
        high=high / 100,
        sort=held["sort"] or "unsure",
    )


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


@st.cache_resource(show_spinner=False)
def _recorder(chosen: Settings) -> Recorder:
    return open_recorder(chosen)


@st.cache_resource(show_spinner=False)
def _desk(chosen: Settings) -> Desk:
    return Desk(_recorder(chosen).log)


@st.cache_resource(show_spinner=False)
def _lists(chosen: Settings) -> tuple[ReadModels, SessionList]:
    log = _recorder(chosen).log
    assert isinstance(log, SqlLog)  # bootstrap opens no other kind
    return ReadModels(log.engine, log, chosen.database), SessionList(log.engine, chosen.database)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "annotator"
