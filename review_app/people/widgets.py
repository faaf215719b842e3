"""What the pages of people draw: passwords, accounts, roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from recorder.errors import AccountError
from recorder.review.accounts import Account
from recorder.review.people import ROLES, Person
from recorder.services import accounts
from recorder.store.log import EventLog
from review_app import state
from review_app.views import plain


def own_password() -> None:
    """Change it; whoever does signs in again."""
    with st.form(state.edition("own-password"), width=400):
        old = _secret("The old password", "own-password", "current-password")
        new = _secret("The new one", "own-password", "new-password")
        again = _secret("The new one again", "own-password", "new-password")
        if st.form_submit_button("Change and sign in again"):
            _do("own-password", "", lambda log, me: accounts.change_password(log, me, old, _same(new, again)))


def new_account() -> None:
    """Ask for a name, a role and a password, and open an account."""
    form = state.edition("new-account")
    with st.form(form):
        name = st.text_input("Name", key=f"{form}-name", max_chars=64, autocomplete="off")
        role = st.selectbox("Role", ROLES, key=f"{form}-role")
        password = _secret("Password", "new-account", "new-password")
        again = _secret("Password again", "new-account", "new-password")
        is_vouched = st.checkbox("No password: an OpenID provider says who it is", key=f"{form}-oidc")
        if st.form_submit_button("Add", type="primary"):

            def add(log: EventLog, me: Person) -> None:
                chosen = None if is_vouched else _same(password, again)
                accounts.open_account(log, me, name, role, password=chosen)

            _do("new-account", f"{name} may sign in.", add)


def change_account(team: Sequence[Account]) -> None:
    """Give a role or a password, let in or not."""
    name = st.selectbox("Who", [account.name for account in team], key="change-who")
    account = next(account for account in team if account.name == name)
    with st.form(f"role-{name}"):
        role = st.selectbox("Role", ROLES, ROLES.index(account.role))
        if st.form_submit_button("Give this role"):
            _do("", f"{name} is {role} now.", lambda log, me: accounts.give_role(log, me, name, role))
    if account.origin == accounts.PASSWORD:
        with st.form(f"{state.edition('reset')}-{name}"):
            new = _secret("New password", "reset", "new-password")
            if st.form_submit_button("Set it, and sign them out"):
                done = f"{name} has a new password."
                _do("reset", done, lambda log, me: accounts.reset_password(log, me, name, new))
    if account.disabled:
        if st.button("Let them in again", key=f"enable-{name}"):
            _do("", f"{name} may sign in.", lambda log, me: accounts.enable(log, me, name))
    elif st.button("Sign them out, and let them in no more", key=f"disable-{name}"):
        _do("", f"{name} may not sign in any more.", lambda log, me: accounts.disable(log, me, name))


def _secret(label: str, form: str, autocomplete: str) -> str:
    key = f"{state.edition(form)}-{label}"
    return st.text_input(label, key=key, type="password", autocomplete=autocomplete, max_chars=1024)


def _same(password: str, again: str) -> str:
    if password != again:
        raise AccountError("These are two different passwords; nothing was changed.")
    return password


def _do(form: str, done: str, change: Callable[[EventLog, Person], object]) -> None:
    """Say what is wrong, or that it is done, with the form empty again."""
    try:
        change(state.recorder().log, state.person())
    except AccountError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    state.dealt_with(form)
    if done:
        st.toast(plain(done), icon=":material/check:")
    st.rerun()
