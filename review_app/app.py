"""The review app: its pages, and nothing else. Started by `recorder review`."""

from __future__ import annotations

import streamlit as st

from recorder.errors import RecorderError
from review_app.views import plain

st.set_page_config(page_title="Session recorder", page_icon="💬", layout="wide")
page = st.navigation(
    [
        st.Page("pages/inbox.py", title="Inbox", icon=":material/inbox:", default=True),
        st.Page("pages/replay.py", title="Replay", icon=":material/play_circle:"),
        st.Page("pages/models.py", title="Models", icon=":material/model_training:"),
        st.Page("pages/export.py", title="Export", icon=":material/upload_file:"),
    ],
    position="top",
)
try:
    page.run()
except RecorderError as error:
    st.error(plain(str(error)), icon=":material/error:")
