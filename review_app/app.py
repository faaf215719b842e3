"""The review app: its pages, and nothing else. Started by `recorder review`.

The pages lie in `screens`: a folder called `pages` would be opened by Streamlit's older rules until
this file has run once, and a deep link right after the start would open without it.
"""

from __future__ import annotations

import streamlit as st

from recorder.errors import NotSignedIn, RecorderError
from recorder.review.people import may
from review_app import state, views, widgets
from review_app.door import closed_door
from review_app.people import views as people_views

st.set_page_config(page_title="Session recorder", page_icon="💬", layout="wide")
PAGES = (  # each with the command that it is for: who may not give it does not see the page
    (st.Page("screens/work.py", title="My work", icon=":material/checklist:"), "claim"),
    (st.Page("screens/inbox.py", title="Inbox", icon=":material/inbox:", default=True), "read_sessions"),
    (st.Page("screens/replay.py", title="Replay", icon=":material/play_circle:"), "read_sessions"),
    (st.Page("screens/batches.py", title="Batches", icon=":material/inventory_2:"), "read_sessions"),
    (st.Page("screens/messages.py", title="Messages", icon=":material/forum:"), "decide"),
    (st.Page("screens/adjudicate.py", title="Adjudicate", icon=":material/gavel:"), "adjudicate"),
    (st.Page("screens/agreement.py", title="Agreement", icon=":material/handshake:"), "read_own_agreement"),
    (st.Page("screens/models.py", title="Models", icon=":material/model_training:"), "compare_models"),
    (st.Page("screens/export.py", title="Export", icon=":material/upload_file:"), "export"),
    (st.Page("screens/team.py", title="Team", icon=":material/group:"), "read_people"),
)


def account(title: str = "Account") -> st.Page:
    return st.Page("screens/account.py", title=title, icon=":material/account_circle:")


try:
    person = state.person()
    state.begin(person)
    shown = [page for page, command in PAGES if may(person, command)]
    page = st.navigation([*shown, account(people_views.who(person, state.is_solo()))], position="top")
    widgets.legible()
    page.run()
except NotSignedIn as error:
    st.navigation([*(page for page, _ in PAGES), account()], position="hidden")  # so that the address stays
    closed_door(str(error))
except RecorderError as error:
    st.error(views.plain(str(error)), icon=":material/error:")
