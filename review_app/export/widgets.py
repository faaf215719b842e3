"""What the page of exports draws."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from recorder.review.verdicts import RULES, USUAL, Rule
from review_app.export import views


def rule(verdicts: Mapping[str, int]) -> Rule:
    """Which verdicts are taken; kept in the address.

    Args:
        verdicts: status -> steps.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen: Rule | None = st.segmented_control(
            "Verdicts to take",
            RULES,
            format_func=views.RULES.__getitem__,
            default=USUAL,
            required=True,
            key="verdicts",
            label_visibility="collapsed",
            bind="query-params",
        )
        st.caption(views.rule_sentence(chosen or USUAL, verdicts), width="content")
    return chosen or USUAL
