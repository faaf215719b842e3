"""Account: who one is here, what that allows, one's password, and the way out."""

from __future__ import annotations

import streamlit as st

from recorder.services import accounts
from review_app import state
from review_app.people import views, widgets
from review_app.widgets import command, heading

person = state.person()

heading("Account")
if state.is_solo():
    st.info(views.SOLO, icon=":material/person:")
    command(f"recorder user add NAME --role admin {state.location()}")
    st.stop()

st.markdown(views.signed_in(person))
st.button("Sign out", on_click=state.sign_out, icon=":material/logout:", type="primary")
if state.account(person).origin == accounts.PASSWORD:
    st.subheader("Another password", anchor=False)
    widgets.own_password()
