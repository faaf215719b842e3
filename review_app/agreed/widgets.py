"""What the list of agreed steps draws: how many, which ones, one button for all, and the way back."""

from __future__ import annotations

import streamlit as st

from recorder.review.verdicts import LEAST_AGREEING, MOST_AGREEING
from review_app.agreed import state as agreed_state
from review_app.agreed import views


def agreed(batch: str) -> None:
    """The whole page, below its filters."""
    least = _least()
    _latest()
    number = agreed_state.number(least, batch)
    st.markdown(views.heading(number, least))
    page = agreed_state.page(least, batch)
    if not page.due and page.after is None and agreed_state.is_first(least, batch):
        if number:
            st.info("You have a vote of your own on them: review them first.", icon=":material/lock:")
        else:
            st.success("There is nothing to confirm.", icon=":material/task_alt:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        _confirm(number, least, batch)
        if not agreed_state.is_first(least, batch):
            st.button("First page", icon=":material/first_page:", on_click=agreed_state.first_page)
        if page.after is not None:
            st.button(
                "Next page",
                icon=":material/navigate_next:",
                shortcut="N",
                on_click=agreed_state.next_page,
                args=(least, batch, page.after),
            )
    st.dataframe(
        [views.row(each) for each in page.due],
        hide_index=True,
        column_config={"Step": st.column_config.LinkColumn("Step", display_text="open", width="small")},
        alt="Steps on which several people say the same",
    )


def _least() -> int:
    chosen = st.segmented_control(
        "People who agree, at least",
        list(range(LEAST_AGREEING, MOST_AGREEING + 1)),
        default=3,
        required=True,
        key="least",
        bind="query-params",
        on_change=agreed_state.first_page,
    )
    return chosen or 3


def _confirm(number: int, least: int, batch: str) -> None:
    latest = agreed_state.latest()
    pressed = st.button(
        views.button(number),
        # Another one after each command: a press that comes twice is one.
        key=f"confirm-{latest.command if latest else ''}-{latest.undone if latest else ''}",
        type="primary",
        icon=":material/done_all:",
        shortcut="Mod+Enter",
        help="Each is adjudicated as they all say, and stands whatever votes come later.",
    )
    if pressed:
        with st.spinner("Confirming…", show_time=True):
            told = st.empty()
            agreed_state.confirm(least, batch, lambda done: told.caption(f"{done:,} done"))
        st.rerun()


def _latest() -> None:
    """What was confirmed last, with a button that takes it back."""
    answer = agreed_state.latest()
    if answer is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        words = views.confirmed(answer.confirmed, undone=answer.undone)
        st.success(words, icon=":material/undo:" if answer.undone else ":material/check:", width="stretch")
        if not answer.undone and answer.confirmed.steps:
            st.button(
                "Undo",
                key=f"undo-{answer.command}",
                icon=":material/undo:",
                shortcut="U",
                on_click=agreed_state.take_back,
            )
    for reason in views.refusals(answer.not_undone if answer.undone else answer.confirmed.refused):
        st.warning(reason, icon=":material/warning:")
