"""The review app: its pages, and nothing else. Started by `recorder review`.

The pages lie in `screens`: a folder called `pages` would be opened by Streamlit's older rules until
this file has run once, and a deep link right after the start would open without it.
"""

from __future__ import annotations

import streamlit as st

from recorder.errors import RecorderError
from review_app.views import plain

st.set_page_config(page_title="Session recorder", page_icon="💬", layout="wide")
page = st.navigation(
    [
        st.Page("screens/work.py", title="My work", icon=":material/checklist:"),
        st.Page("screens/inbox.py", title="Inbox", icon=":material/inbox:", default=True),
        st.Page("screens/replay.py", title="Replay", icon=":material/play_circle:"),
        st.Page("screens/batches.py", title="Batches", icon=":material/inventory_2:"),
        st.Page("screens/messages.py", title="Messages", icon=":material/forum:"),
        st.Page("screens/models.py", title="Models", icon=":material/model_training:"),
        st.Page("screens/export.py", title="Export", icon=":material/upload_file:"),
    ],
    position="top",
)
try:
    page.run()
except RecorderError as error:
    st.error(plain(str(error)), icon=":material/error:")
