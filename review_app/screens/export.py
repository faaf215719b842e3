"""Export: what the submitted reviews amount to as training data, and the files to take away.

What there is, counters say; the files are compiled at the press of a button.
"""

from __future__ import annotations

import streamlit as st

from review_app import job_widgets, state, widgets
from review_app.export import state as export_state
from review_app.export import views
from review_app.export import widgets as export_widgets

reviewed = export_state.reviewed()

widgets.heading("Export")
widgets.behind(state.behind())
if reviewed.is_empty:
    st.info(
        "No review is submitted yet: open a session in the inbox, decide and submit.", icon=":material/inbox:"
    )
    st.page_link("screens/inbox.py", label="To the inbox", icon=":material/inbox:")
    st.stop()

st.caption(views.reviewed_sentence(reviewed.reviews))
with st.container(horizontal=True):
    for label, number in views.verdict_counts(reviewed.verdicts):
        st.metric(label, f"{number:,}", border=True)

rule = export_widgets.rule(reviewed.verdicts)
job = export_state.compiled(rule)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Compile" if job is None else "Compile anew",
        type="primary" if job is None else "secondary",
        icon=":material/build:",
        disabled=job is not None and not job.is_over,
        on_click=export_state.compile_all,
        args=(rule,),
    )
    st.caption("or write the files into a folder:")
    widgets.command(views.command(rule, state.location()))
export = job_widgets.result(job, "Compiling the reviewed sessions")
if export is None:
    st.stop()

manifest, files = export.manifest, export.files
st.subheader("Compiled", anchor=False)
st.caption(views.export_sentence(manifest))
with st.container(horizontal=True):
    for label, number in views.export_counts(manifest):
        st.metric(label, f"{number:,}", border=True)
st.download_button(
    "Download all files",
    lambda: views.zipped(files),
    file_name="recorder-export.zip",
    mime="application/zip",
    type="primary",
    icon=":material/download:",
    on_click=export_state.note,
    args=(export,),
)

if left_out := views.left_out_rows(manifest):
    st.subheader("Not used", anchor=False)
    st.dataframe(left_out, hide_index=True)
st.subheader("Files", anchor=False)
for tab, content in zip(st.tabs(list(files)), files.values(), strict=True):
    with tab:
        st.code(views.preview(content), language="yaml", wrap_lines=True)
