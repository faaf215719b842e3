"""Adjudicate: what people disagree on, the lowest agreement first; one verdict after the other.

Keys: 1 to 9 choose what is right, X that nothing should have been done, U that nobody can tell; Ctrl+Enter
decides, N goes to the next one, P to the one before.
"""

from __future__ import annotations

import streamlit as st

from recorder.errors import InvalidDecision, UnknownSession, UnknownStep
from recorder.review import people
from review_app import state, views
from review_app.agreed import widgets as agreed_widgets
from review_app.disputes import state as dispute_state
from review_app.disputes import views as disputes
from review_app.disputes import widgets

people.require(state.person(), "adjudicate")
sessions = state.sessions()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Adjudicate", anchor=False, width="content")
    batch = widgets.batch_filter()
    hidden = st.toggle("Hide names", value=True, key="hidden", bind="query-params")
task = widgets.task_filter(sessions.judgements.tasks(dispute_state.sessions(batch)))
widgets.told()
if task is None:
    agreed_widgets.agreed(batch)
    st.stop()

due = dispute_state.docket(task, batch).due
if task == "one against" and dispute_state.shown() is None:
    if not due:
        st.success(disputes.NOTHING_TO_DO[task], icon=":material/task_alt:")
        st.stop()
    widgets.bulk([dispute_state.open_case(each.session, each.step) for each in due], hidden=hidden)
    st.stop()

named = dispute_state.shown() or ((due[0].session, due[0].step) if due else None)
if named is None:
    st.success(disputes.NOTHING_TO_DO[task], icon=":material/task_alt:")
    st.stop()
try:
    case = dispute_state.open_case(*named)
except (UnknownSession, UnknownStep, InvalidDecision) as error:
    st.error(views.plain(str(error)), icon=":material/error:")
    st.button("To the first in the list", on_click=dispute_state.show_first)
    st.stop()

place = dispute_state.place_of(due, case)
left, right = st.columns([2, 5]) if due else (None, st.container())
if left is not None:
    with left:
        widgets.docket(due, task, batch)
with right:
    st.caption(disputes.state_of(case))
    if case.adjudication is not None:
        st.info(disputes.adjudicated(case.step, case.adjudication), icon=":material/gavel:")
    widgets.transcript(case)
    widgets.votes(case, hidden=hidden)
    widgets.comments(case)
    widgets.choices(case, sessions.labels())
    widgets.verdict(case, task, batch, place)
