"""Models: how good each one is, and what changes from one to another on the reviewed sessions.

Both models are asked at the press of a button.
"""

from __future__ import annotations

import streamlit as st

from review_app import job_widgets, state
from review_app.models import state as model_state
from review_app.models import views, widgets
from review_app.widgets import heading

models = state.recorder().models.list()

heading("Models")
if not models:
    widgets.first_model()
    st.stop()
st.dataframe([views.model_row(model, state.zone()) for model in models], hide_index=True)

st.subheader("Compare on the reviewed sessions", anchor=False)
if len(models) < 2:
    st.info("Train a second model to compare it with this one.", icon=":material/model_training:")
    st.stop()
if not model_state.is_anything_reviewed():
    st.info("No review is submitted yet: there is nothing to compare on.", icon=":material/inbox:")
    st.page_link("screens/inbox.py", label="To the inbox", icon=":material/inbox:")
    st.stop()
old, new = widgets.two_models(models, state.zone())
job = model_state.compared(old, new)
st.button(
    "Compare" if job is None else "Compare anew",
    type="primary" if job is None else "secondary",
    icon=":material/compare_arrows:",
    disabled=job is not None and not job.is_over,
    on_click=model_state.compare,
    args=(old, new),
)
comparison = job_widgets.result(job, "Asking both models")
if job is None or comparison is None:
    st.stop()
st.caption(views.compared_sentence(comparison, job.position))

with st.container(horizontal=True):
    for label, value, change in views.comparison_counts(comparison):
        st.metric(label, value, change, border=True)
better, worse = st.tabs([f"Got better ({len(comparison.better)})", f"Got worse ({len(comparison.worse)})"])
with better:
    widgets.changes(comparison.better)
with worse:
    widgets.changes(comparison.worse)

st.subheader("What is taken for what", anchor=False)
widgets.confusions(comparison)
