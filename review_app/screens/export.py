"""Export: what the submitted reviews amount to as training data, and the files to take away."""

from __future__ import annotations

import streamlit as st

from review_app import export_views as views
from review_app import state

export = state.export()
manifest = export.manifest

st.title("Export", anchor=False)
if not manifest["sessions"]:
    st.info(
        "No review is submitted yet: open a session in the inbox, decide and submit.", icon=":material/inbox:"
    )
    st.page_link("screens/inbox.py", label="To the inbox", icon=":material/inbox:")
    st.stop()

st.caption(views.export_sentence(manifest))
with st.container(horizontal=True):
    for label, number in views.export_counts(manifest):
        st.metric(label, number, border=True)

with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        "Download all files",
        views.zipped(export.files),
        file_name="recorder-export.zip",
        mime="application/zip",
        type="primary",
        icon=":material/download:",
        on_click=state.note_export,
        args=(export,),
    )
    st.caption("or write them into a folder:")
    st.code(f"recorder export --out DIR {state.location()}".rstrip(), language="bash", width="content")

if left_out := views.left_out_rows(manifest):
    st.subheader("Not used", anchor=False)
    st.dataframe(left_out, hide_index=True)
st.subheader("Files", anchor=False)
for tab, content in zip(st.tabs(list(export.files)), export.files.values(), strict=True):
    with tab:
        st.code(views.preview(content), language="yaml")
