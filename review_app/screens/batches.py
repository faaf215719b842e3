"""Batches: how far they are; and a new one, of just the sessions that its preview shows."""

from __future__ import annotations

import streamlit as st

from recorder.review.people import may
from review_app import state
from review_app.batches import views, widgets
from review_app.widgets import first_steps, heading

person = state.person()
listed = state.batches()
may_open = may(person, "open_batch")

heading("Batches")
tabs = st.tabs(["Open", "Closed", *(["New batch"] if may_open else [])])
with tabs[0]:
    there = [each for each in listed if each.closed is None]
    if not there:
        st.info("No batch is open.", icon=":material/inventory_2:")
    for each in there:
        with st.container(border=True):
            widgets.batch(each)
with tabs[1]:
    closed = [views.closed_row(each, state.zone()) for each in listed if each.closed is not None]
    if closed:
        st.table(closed)
    else:
        st.info("No batch was closed.", icon=":material/inventory_2:")
if may_open:
    with tabs[2]:
        if state.sessions().totals(person.name).sessions == 0:
            first_steps()
        else:
            widgets.new_batch()
