"""How far what takes long has come."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from recorder.errors import RecorderError
from review_app import views
from review_app.jobs import Job

T = TypeVar("T")


def result(job: Job[T] | None, doing: str) -> T | None:
    """What came of it; None: nothing yet, and how far it is, or why it was given up, is drawn."""
    if job is None:
        return None
    if not job.is_over:
        _watch(job, doing)
        return None
    try:
        return job.result()
    except RecorderError as error:
        st.error(views.plain(str(error)), icon=":material/error:")
        return None


@st.fragment(run_every=0.5)
def _watch(job: Job[T], doing: str) -> None:
    """A bar that moves by itself; the page is drawn again once it is over."""
    if job.is_over:
        st.rerun()
    st.progress(job.share, text=f"{doing}… you may go to other pages meanwhile.")
