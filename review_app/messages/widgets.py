"""What the page of messages draws: what is asked, what is like it, and the keys to say it with."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recorder.read_models.message_list import Message
from recorder.read_models.session_list import Labels
from recorder.services.bulk import Alike
from review_app.messages import state as message_state
from review_app.messages import views


def intent_filter(labels: Labels) -> list[str]:
    """Only messages that were taken for one of these; kept in the address."""
    return st.multiselect(
        "Taken for",
        labels.intents,
        key="of",
        placeholder="Taken for any intent",
        label_visibility="collapsed",
        bind="query-params",
    )


def answered(answer: message_state.Answer | None) -> None:
    """What was said last, with a button that takes it back."""
    if answer is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(views.answered(answer.intent, answer.said, undone=answer.undone), width="content")
        if not answer.undone:
            st.button(
                "Undo",
                key=f"undo-{answer.command}",
                icon=":material/undo:",
                shortcut="U",
                on_click=message_state.take_back,
            )
    for reason in views.refusals(answer.said):
        st.warning(reason, icon=":material/warning:")


def no_message(*, begun: bool) -> None:
    st.success("No message is left to answer for.", icon=":material/task_alt:")
    if begun:
        st.button("From the beginning", icon=":material/restart_alt:", on_click=message_state.begin_again)


def meanings(message: Message, names: Sequence[str], intents: Sequence[str]) -> None:
    """What it may mean: the likeliest by key, any other by name."""
    chosen = message_state.meaning(message, names)
    scores = dict(message.ranked)
    with st.container(horizontal=True, vertical_alignment="center"):
        for number, name in enumerate(names, 1):
            st.button(
                views.meaning(name, scores.get(name)),
                key=message_state.key(message, f"means-{number}"),
                type="primary" if name == chosen else "secondary",
                shortcut=str(number),
                on_click=message_state.choose,
                args=(message, name),
            )
        other = st.selectbox(
            "Another intent",
            [name for name in intents if name not in names],
            index=None,
            key=message_state.key(message, "other"),
            placeholder="Another intent",
            accept_new_options=True,
            label_visibility="collapsed",
            width=220,
        )
    if other and other != chosen:
        message_state.choose(message, other)
        st.rerun()


def alike(message: Message, groups: Sequence[Sequence[Alike]]) -> None:
    """Messages like it; those chosen get the same answer."""
    if not groups:
        st.caption("No other message is like this one.")
        return
    st.pills(  # not checkboxes: while one has the focus, keys are dead
        "Like it: the same is said of those chosen",
        list(range(len(groups))),
        default=views.same(groups),
        format_func=lambda number: views.alike(groups[number]),
        key=message_state.key(message, "alike"),
        selection_mode="multi",
    )


def answer_buttons(
    message: Message, groups: Sequence[Sequence[Alike]], names: Sequence[str], of: Sequence[str]
) -> None:
    """Say it, or go on."""
    chosen = message_state.chosen(message, groups)
    intent = message_state.meaning(message, names)
    with st.container(horizontal=True):
        if intent is not None:
            st.button(
                views.apply(intent, len(chosen)),
                key=message_state.key(message, "apply"),
                type="primary",
                icon=":material/done_all:",
                shortcut="A",
                on_click=message_state.say,
                args=(message, chosen, intent),
            )
        st.button(
            "Next",
            key=message_state.key(message, "next"),
            icon=":material/skip_next:",
            shortcut="N",
            on_click=message_state.go_on,
            args=(message, of),
        )
