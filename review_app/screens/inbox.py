"""Inbox: the recorded sessions, least sure first; a click opens the replay."""

from __future__ import annotations

import streamlit as st

from review_app import state
from review_app.inbox import state as inbox_state
from review_app.inbox import views, widgets
from review_app.mentions import widgets as mention_widgets
from review_app.session_list import session_list
from review_app.widgets import behind, first_steps, heading

listed = state.sessions()
person = state.person()
totals = listed.totals(person.name)

if person.role == "annotator" and state.arrives():
    st.switch_page("screens/work.py")

if totals.sessions == 0:
    heading("Inbox")
    if events := state.behind():  # the first list of all is being made
        behind(events)
    else:
        first_steps()
    st.stop()

share, sentence = views.progress(totals, person.name)
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Inbox", anchor=False, width="content")
    st.progress(share, text=sentence)
behind(state.behind())
mention_widgets.waiting(state.mentioning())
widgets.filter_bar(listed.labels())

filters = inbox_state.filters()
wanted = inbox_state.listed(filters)
page = listed.page(wanted, person.name, inbox_state.page_number())
widgets.chips(list(views.chips(filters)), views.found(page, filters))
if wanted.without:
    st.caption(views.veiled(len(wanted.without)))
if not page.entries:
    st.info(views.nothing_fits(state.behind()), icon=":material/filter_alt_off:")
    st.stop()

queued = state.queued(entry.id for entry in page.entries)
zone = state.zone()
rows = [views.session_row(entry, zone, queued.get(entry.id)) for entry in page.entries]
session_list(rows, person.name, key="sessions")
widgets.pages(page)
widgets.tag_all(rows)
