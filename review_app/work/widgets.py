"""What somebody's work draws: how far a batch is, its guidelines, its sessions, the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from recorder.services.batching import WorkList
from recorder.services.measuring import Score
from review_app import state
from review_app.session_list import session_list
from review_app.views import plain
from review_app.work import views


def next_button(batch: str, *, primary: bool = False) -> None:
    """Open what comes next for the person: in this batch, or "" for all."""
    label = "Next session" if primary else "Next in this batch"
    pressed = st.button(
        label,
        key=f"next-{batch}",
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        shortcut="Enter" if primary else None,
    )
    if pressed:
        task = state.claim_next(batch)
        if task is None:
            st.toast("Nothing is left for you here.", icon=":material/task_alt:")
        else:
            st.switch_page("screens/replay.py", query_params={"session": task.session, "batch": task.batch})


def batch_head(work: WorkList, *, several: bool) -> None:
    """Name, due day, how far it is."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(work.batch), anchor=False, width="content")
        if work.due:
            st.badge(f"due {work.due}", color="orange" if state.is_due(work.due) else "gray")
        if several and work.progress.open:
            next_button(work.batch)
    for share, words in (views.my_share(work.progress), views.all_share(work.progress)):
        st.progress(min(1.0, share), text=words)


def gold_score(score: Score) -> None:
    if words := views.gold_sentence(score):
        st.caption(words)


def guidelines(versions: Sequence[str], *, opened: bool = False) -> None:
    """The newest ones, to open."""
    if versions:
        label = f"Guidelines, version {len(versions)}"
        with st.expander(label, expanded=opened, icon=":material/menu_book:"):
            st.markdown(versions[-1])


def tasks(work: WorkList, openings: Mapping[str, str], annotator: str) -> None:
    """The sessions of a batch, those of one kind at a time."""
    kinds = views.kinds(work)
    if not kinds:
        return
    chosen = st.pills(
        "Show",
        list(kinds),
        default=next(iter(kinds)),
        format_func=lambda name: views.kind_label(name, kinds[name]),
        key=f"kind-{work.batch}",
        label_visibility="collapsed",
    )
    if chosen in kinds:
        zone = state.zone()
        rows = [views.task_row(task, openings.get(task.session, ""), zone) for task in kinds[chosen]]
        session_list(rows, annotator, key=f"tasks-{work.batch}-{chosen}")
