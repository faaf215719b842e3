"""What the page of batches draws: those that are open, and a new one with its preview."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recorder.read_models.session_list import Filters
from recorder.review.people import may
from recorder.review.sampling import STRATEGIES, Votes
from recorder.services.board import Listed
from recorder.services.opening import LONGEST_NAME, MOST_SESSIONS, Preview, Sample
from review_app import state
from review_app.batches import state as batch_state
from review_app.batches import views
from review_app.session_list import session_list
from review_app.views import plain
from review_app.work.views import all_share
from review_app.work.widgets import guidelines

_SAMPLE = "previewed"

_OPENED = "opened-batch"


def batch(listed: Listed) -> None:
    """An open batch: how far, who has done what, its guidelines, and the way to close it."""
    name, far = listed.name, batch_state.far(listed.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(name), anchor=False, width="content")
        if listed.due:
            st.badge(f"due {listed.due}", color="orange" if state.is_due(listed.due) else "gray")
        if may(state.person(), "close_batch"):
            with st.popover("Close", icon=":material/lock:"):
                st.write("Nothing more is given out. What comes in all the same is kept, and marked as late.")
                st.button(
                    "Close this batch", key=f"close-{name}", on_click=batch_state.close_batch, args=(name,)
                )
    share, words = all_share(far.whole)
    st.progress(min(1.0, share), text=words)
    if far.people:
        st.table([views.people_row(who, each, far.scores.get(who)) for who, each in far.people.items()])
    _guidelines_of(name, far.guidelines)


def _guidelines_of(batch: str, versions: Sequence[str]) -> None:
    """The newest ones; and a form for a new version."""
    if not may(state.person(), "write_guidelines"):
        guidelines(versions)
        return
    with st.expander(f"Guidelines, version {len(versions)}" if versions else "No guidelines yet"):
        if versions:
            st.markdown(versions[-1])
        with st.form(f"guidelines-{batch}", border=False):
            text = st.text_area("A new version, in Markdown", versions[-1] if versions else "", height=160)
            if st.form_submit_button("Write this version") and text.strip():
                batch_state.write_guidelines(batch, text)
                st.rerun()


def new_batch() -> None:
    """First what is to be in it; then, once that is shown, its name: what is shown is what is queued."""
    if opened := state.recall(_OPENED):
        st.success(f"Batch {plain(opened)} is open.", icon=":material/task_alt:")
        state.remember(_OPENED, None)
    sample = _sample()
    if sample is not None:
        state.remember(_SAMPLE, None)
        state.remember(_SAMPLE, (sample, batch_state.preview(sample)))
    held = state.recall(_SAMPLE)
    if held is None:
        return
    sample, found = held
    st.markdown(f"**{views.preview_sentence(found)}**")
    for missing in found.missing:
        st.warning(plain(missing))
    if not found.items:
        return
    _open_as(sample, found)
    openings = state.openings(found.sessions)
    rows = [
        views.sampled_row(session, item, openings.get(session, ""))
        for session, item in zip(found.sessions, found.items, strict=True)
    ]
    session_list(rows, state.person().name, key="preview")


def _sample() -> Sample | None:
    """What was asked for by pressing the button just now."""
    labels = state.sessions().labels()
    with st.form("sample"):
        st.markdown("**Which sessions**, and in which shares")
        with st.container(horizontal=True):
            shares = {
                name: st.number_input(
                    views.STRATEGY_NAMES[name],
                    0,
                    100,
                    {"uncertain": 70, "random": 30}.get(name, 0),
                    key=f"share-{name}",
                    help=views.STRATEGY_HELP[name],
                    width=130,
                )
                for name in STRATEGIES
            }
        with st.container(horizontal=True):
            size = st.number_input("Sessions", 1, MOST_SESSIONS, 40, width=130)
            votes = st.number_input("Votes each", 1, 9, 1, width=130)
            more = st.number_input("Votes if less sure", 0, 9, 0, width=150, help="0: as many as all others.")
            below = st.number_input("… than, in percent", 1, 100, 50, width=150)
            blind = st.number_input("Blind, in percent", 0, 100, 20, width=150)
            gold = st.number_input("Gold, in percent", 0, 100, 0, width=150)
            seed = st.number_input("Seed", 0, 2**31, 1, width=130)
        annotators = st.multiselect(
            "Annotators",
            batch_state.annotators(),
            placeholder="Everybody",
            accept_new_options=state.is_solo(),
        )
        with st.expander("Only some sessions"):
            text = st.text_input("Words that were said")
            intents = st.multiselect("Intents", labels.intents, placeholder="Any")
            actions = st.multiselect("Actions", labels.actions, placeholder="Any")
            sources = st.multiselect("Sources", labels.sources, placeholder="Any")
        if not st.form_submit_button("Preview", type="primary", icon=":material/visibility:"):
            return None
    return Sample(
        {name: float(share) for name, share in shares.items() if share},
        size,
        votes=Votes(votes, ((below / 100, more),) if more else ()),
        annotators=tuple(annotators),
        blind=blind / 100,
        gold=gold / 100,
        seed=seed,
        filters=Filters(text=text, intents=tuple(intents), actions=tuple(actions), sources=tuple(sources)),
    )


def _open_as(sample: Sample, found: Preview) -> None:
    with st.form("open-batch"):
        with st.container(horizontal=True):
            name = st.text_input("Name of the batch", max_chars=LONGEST_NAME)
            due = st.date_input("Due", value=None)
        told = st.text_area("Guidelines, in Markdown", height=120)
        if st.form_submit_button("Open this batch", type="primary", icon=":material/inventory_2:"):
            batch_state.open_batch(name.strip(), found, sample, due.isoformat() if due else "", told)
            state.remember(_SAMPLE, None)
            state.remember(_OPENED, name.strip())
            st.rerun()
