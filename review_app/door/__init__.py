"""What is shown to whom nobody knows: the way to the sign-in page, and back to where they wanted to be."""

from __future__ import annotations

from typing import Final

import streamlit as st

from recorder.api import sign_in
from review_app import state, views

_SCRIPT: Final = """
export default function ({ data, parentElement }) {
  const wanted = location.pathname.slice(data.base.length) + location.search;
  const address = data.base + data.page + "?next=" + encodeURIComponent(wanted);
  const link = document.createElement("a");
  link.href = address;
  link.textContent = data.label;
  parentElement.replaceChildren(link);
  if (data.leads) location.replace(address);
}
"""
_STYLE: Final = "a { color: var(--st-link-color); }"
_way = st.components.v2.component("sign_in", css=_STYLE, js=_SCRIPT)


def closed_door(why: str) -> None:
    """Lead to the page with name and password; where OpenID providers are asked, offer them first."""
    providers = state.providers()
    st.title("Session recorder", anchor=False)
    st.caption(views.plain(why))
    for provider in providers:
        st.button(
            f"Sign in with {provider}" if provider else "Sign in",
            key=f"sign-in-{provider}",
            type="primary",
            icon=":material/login:",
            on_click=st.login,
            args=(provider,) if provider else (),
        )
    label = "Sign in with a password" if providers else "Sign in"
    _way(
        data={"base": state.base(), "page": sign_in.PATH, "label": label, "leads": not providers},
        key="sign-in",
    )
