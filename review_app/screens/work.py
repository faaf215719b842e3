"""My work: what is mine to review, begun and done, batch by batch; Enter opens the next session."""

from __future__ import annotations

import streamlit as st

from review_app import state
from review_app.mentions import widgets as mention_widgets
from review_app.work import widgets

person = state.person()
works = state.work()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("My work", anchor=False, width="content")
    if works:
        widgets.next_button("", primary=True)
mention_widgets.mentions(state.mentions())
if not works:
    st.info("You have no open batch: nobody has queued sessions for you.", icon=":material/task_alt:")
    st.page_link("screens/inbox.py", label="All sessions", icon=":material/inbox:")
    st.stop()
if not any(work.progress.open for work in works):
    st.success("Nothing is left for you.", icon=":material/task_alt:")

openings = state.openings(task.session for work in works for kind in work.tasks.values() for task in kind)
for work in works:
    with st.container(border=True):
        widgets.batch_head(work, several=len(works) > 1)
        widgets.gold_score(state.score(work.batch))
        widgets.guidelines(state.guidelines(work.batch), opened=not work.progress.done)
        widgets.tasks(work, openings, person.name)
