"""What the page of disputes draws: the list, the dialogue, the votes, and the keys to decide with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from recorder.dialogue.steps import UNDERSTANDING
from recorder.read_models.judgements import Due, Place
from recorder.read_models.session_list import Labels
from recorder.review.verdicts import TASKS, Task
from recorder.services import batching
from recorder.services.adjudicating import Case
from review_app import state
from review_app.disputes import state as dispute_state
from review_app.disputes import views
from review_app.views import count, plain, when

_SIDE_BY_SIDE = 3


def batch_filter() -> str:
    """Only of one batch; kept in the address."""
    names = [each.name for each in state.batches()]
    if not names:
        return ""
    chosen = st.selectbox(
        "Batch",
        ["", *names],
        format_func=lambda name: name or "All sessions",
        key="batch",
        width=220,
        label_visibility="collapsed",
        bind="query-params",
        on_change=dispute_state.show_first,
    )
    return chosen or ""


def task_filter(counts: Mapping[str, int]) -> Task | None:
    """Which list; kept in the address. None: of what all agree on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = _task_filter()
        st.caption(views.to_do(counts), width="content")
    return chosen


def _task_filter() -> Task | None:
    chosen = st.segmented_control(
        "To do",
        list(views.LISTS),
        format_func=views.LISTS.__getitem__,  # without the counts: the address holds it as it is shown
        default="disputed",
        required=True,
        key="task",
        label_visibility="collapsed",
        bind="query-params",
        on_change=dispute_state.show_first,
    )
    return next((task for task in TASKS if task == chosen), None if chosen == views.AGREED else "disputed")


def told() -> None:
    for what, is_good in dispute_state.told():
        if is_good:
            st.success(plain(what), icon=":material/check:")
        else:
            st.warning(plain(what), icon=":material/warning:")


def docket(due: Sequence[Due], task: Task, batch: str) -> None:
    """The list; a row that is chosen is shown."""
    shown = st.dataframe(
        [views.due_row(each) for each in due],
        hide_index=True,
        height=min(38 * len(due) + 40, 420),
        key=f"docket-{task}-{batch}-{due[0].session}-{due[0].step}-{len(due)}",
        on_select="rerun",
        selection_mode="single-row",
        alt="Steps to decide, those with the lowest agreement first",
    )
    rows = shown["selection"]["rows"]
    if rows and rows[0] < len(due) and state.recall("docket-row") != (task, batch, due[rows[0]]):
        state.remember("docket-row", (task, batch, due[rows[0]]))
        dispute_state.show(due[rows[0]].session, due[rows[0]].step)
        st.rerun()


def transcript(case: Case) -> None:
    """What was said and done around the step."""
    with st.container(border=True, gap="small"):
        for question in case.before:
            for line in views.lines(question):
                st.caption(line)
        for line in views.lines(case.question, until=case.step):
            st.markdown(line)
        st.markdown(f":material/arrow_forward: **{views.heading(case)}**")
        if case.after:
            with st.expander("How it went on"):
                for question in (case.question, *case.after):
                    for line in views.lines(question):
                        st.caption(line)
        st.page_link(
            "screens/replay.py",
            label="In its session",
            icon=":material/play_circle:",
            query_params={"session": case.session, "step": case.step.id},
        )


def votes(case: Case, *, hidden: bool) -> None:
    """What each one says, side by side."""
    called = views.names(case, hidden=hidden)
    given = views.in_order(case, called)
    for start in range(0, len(given), _SIDE_BY_SIDE):
        row = given[start : start + _SIDE_BY_SIDE]
        for column, vote in zip(st.columns(len(row)), row, strict=True):
            with column, st.container(border=True, gap="small"):
                st.caption(plain(called[vote.annotator]))
                st.markdown(views.said(case.step, vote.answer))
                if vote.note:
                    st.text(vote.note)
    for prediction in case.step.predictions:
        st.caption(views.ranking(prediction))


def comments(case: Case) -> None:
    """What people said to each other there; closed, because it names them."""
    found = dispute_state.comments(case)
    if found:
        with st.expander(f"{count(len(found), 'comment')}, with names", icon=":material/forum:"):
            for each in found:
                st.caption(f"**{plain(each.by)}**, {when(each.at, state.zone())}")
                st.text(each.text)


def choices(case: Case, labels: Labels) -> None:
    """What can be decided: by key, or any other name."""
    chosen = dispute_state.chosen(case)
    offered = [(str(number), choice) for number, choice in enumerate(views.choices(case), 1)]
    with st.container(horizontal=True, vertical_alignment="center"):
        for shortcut, choice in (*offered, *views.more_choices(case)):
            st.button(
                choice.label,
                key=dispute_state.key(case, f"choose-{shortcut}"),
                type="primary" if choice.answer == chosen else "secondary",
                shortcut=shortcut,
                on_click=dispute_state.choose,
                args=(case, choice.answer),
            )
        st.selectbox(
            "Another one",
            labels.intents if case.step.kind == UNDERSTANDING else labels.actions,
            index=None,
            key=dispute_state.key(case, "other"),
            placeholder="Another one",
            accept_new_options=True,
            label_visibility="collapsed",
            width=220,
            on_change=dispute_state.choose_other,
            args=(case,),
        )
    if chosen is not None and chosen not in [choice.answer for _, choice in offered]:
        st.caption(f"Chosen: {views.said(case.step, chosen)}")


def verdict(case: Case, task: Task, batch: str, place: Place | None) -> None:
    """Reason, note, and on."""
    st.pills(
        "Why they disagree",
        list(views.REASONS),
        format_func=views.REASONS.__getitem__,
        key=dispute_state.key(case, "reason"),
    )
    st.text_area("Note", key=dispute_state.key(case, "note"), height=68, max_chars=2000)
    with st.container(horizontal=True):
        st.button(
            "Decide",
            key=dispute_state.key(case, "decide"),
            type="primary",
            icon=":material/gavel:",
            shortcut="Mod+Enter",
            on_click=dispute_state.decide,
            args=(case, task, batch, place),
        )
        st.button(
            "Previous",
            key=dispute_state.key(case, "previous"),
            icon=":material/skip_previous:",
            shortcut="P",
            disabled=not dispute_state.can_go_back(),
            on_click=dispute_state.back,
        )
        st.button(
            "Next",
            key=dispute_state.key(case, "next"),
            icon=":material/skip_next:",
            shortcut="N",
            on_click=dispute_state.next_one,
            args=(case, task, batch, place),
        )
        if case.adjudication is not None:
            st.button(
                "Take the verdict back",
                key=dispute_state.key(case, "withdraw"),
                icon=":material/undo:",
                on_click=dispute_state.withdraw,
                args=(case,),
            )
    _guidelines(case)


def _guidelines(case: Case) -> None:
    """A rule that comes out of it, for the batches that the session is in."""
    for batch in batching.batches_of(state.board(), case.session):
        with st.popover(f"Add to the guidelines of {plain(batch)}", icon=":material/menu_book:"):
            st.text_area(
                "What holds from now on, in Markdown",
                key=dispute_state.key(case, f"guideline-{batch}"),
                max_chars=5000,
            )
            st.button(
                "Add",
                key=dispute_state.key(case, f"add-{batch}"),
                on_click=dispute_state.add_to_guidelines,
                args=(case, batch),
            )


def bulk(cases: Sequence[Case], *, hidden: bool) -> None:
    """All of a page at once, as most say."""
    shown = st.dataframe(
        [views.against_row(case, views.names(case, hidden=hidden)) for case in cases],
        hide_index=True,
        key="bulk-" + "-".join(case.mark[:6] for case in cases),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": list(range(len(cases)))}},
        alt="Steps on which all but one agree",
    )
    numbers = shown["selection"]["rows"]
    st.pills(
        "Why one is against",
        list(views.REASONS),
        format_func=views.REASONS.__getitem__,
        key="bulk-reason",
    )
    st.button(
        f"Decide {len(numbers):,} as most say",
        key=f"bulk-decide-{cases[0].mark}",
        type="primary",
        icon=":material/done_all:",
        shortcut="Mod+Enter",
        disabled=not numbers,
        on_click=dispute_state.decide_all,
        args=(cases, numbers),
    )
