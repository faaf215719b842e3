"""Messages: what users said in all sessions, the least sure first; one answer for all that are alike.

Keys: 1 to 9 choose what the message means, A says it of the message and of those that are chosen below,
N goes to the next one, U takes the last answer back.
"""

from __future__ import annotations

import streamlit as st

from recorder.services import bulk
from review_app import state
from review_app.messages import state as message_state
from review_app.messages import views, widgets

person = state.person()
sessions = state.sessions()
listed, labels = sessions.messages, sessions.labels()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Messages", anchor=False, width="content")
    intents = widgets.intent_filter(labels)
queue = bulk.following(
    listed, state.desk(), person, intents=intents, after=message_state.place(intents), size=1
)
widgets.answered(message_state.latest())
if not queue:
    widgets.no_message(begun=message_state.place(intents) is not None)
    st.stop()

message = queue[0]
alike = views.grouped(bulk.alike(listed, state.desk(), person, message))
with st.container(border=True):
    st.text(message.text)
    st.caption(views.message_facts(message))
    st.page_link(
        "screens/replay.py",
        label="In its session",
        icon=":material/play_circle:",
        query_params={"session": message.session, "step": message.step},
    )
names = views.meanings(message, labels.intents)
widgets.meanings(message, names, labels.intents)
widgets.alike(message, alike)
widgets.answer_buttons(message, alike, names, intents)
