"""Team: who may sign in, as what, and when they were last there; an admin changes it here."""

from __future__ import annotations

import streamlit as st

from recorder.review.people import may
from review_app import state
from review_app.people import views, widgets
from review_app.widgets import command, heading

person = state.person()
team = state.team()

heading("Team")
if not team:
    st.info(views.SOLO, icon=":material/person:")
    command(f"recorder user add NAME --role admin {state.location()}")
    st.stop()

st.dataframe([views.member_row(account, state.zone()) for account in team], hide_index=True)
st.caption(views.ROLES)
if may(person, "manage_people"):
    opening, changing = st.columns(2)
    with opening:
        st.subheader("Let somebody in", anchor=False)
        widgets.new_account()
    with changing:
        st.subheader("Change", anchor=False)
        widgets.change_account(team)
