"""What the page of models draws: two to choose, what changes, what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from recorder.learning.evaluation import Answers, Comparison
from recorder.store.model_files import ModelFile
from review_app import state
from review_app.models import views
from review_app.views import plain
from review_app.widgets import command

FIRST_MODEL = "recorder train --domain domain.yml --stories stories.yml --nlu nlu.yml --out models"


def first_model() -> None:
    """What to do while there is no model."""
    st.info("There is no model in this folder yet. Train one:", icon=":material/model_training:")
    command(FIRST_MODEL)
    st.caption(f"Folder: {plain(str(state.settings().models))}")


def two_models(models: Sequence[ModelFile], zone: tzinfo) -> tuple[str, str]:
    """Ask for the ids of two models; at first the two latest."""
    names = {model.id: views.model_name(model, zone) for model in models}
    ids = list(names)
    with st.container(horizontal=True):
        old = st.selectbox("Old", ids, 1, format_func=names.__getitem__, key="old", bind="query-params")
        new = st.selectbox("New", ids, 0, format_func=names.__getitem__, key="new", bind="query-params")
    return old, new


def changes(answers: Sequence[Answers]) -> None:
    """Steps that one model gets right and the other does not, each with a link to its replay."""
    if not answers:
        st.caption("None.")
        return
    link = st.column_config.LinkColumn("Step", display_text="open", width="small")
    st.dataframe([views.change_row(each) for each in answers], hide_index=True, column_config={"Step": link})


def confusions(comparison: Comparison) -> None:
    """Both models' confusions side by side, of intents or of actions."""
    kinds = {"action": "Actions", "understanding": "Intents"}
    most = max(kinds, key=lambda kind: views.mistakes(comparison.of(kind).new_confusion))
    kind = st.segmented_control(
        "Of",
        list(kinds),
        format_func=kinds.__getitem__,
        default=most,
        required=True,
        label_visibility="collapsed",
    )
    part = comparison.of(kind)
    for column, title, confusion in zip(
        st.columns(2), ("Old", "New"), (part.old_confusion, part.new_confusion), strict=True
    ):
        with column:
            told = views.mistakes_sentence(confusion)
            st.markdown(f"**{title}**: {told}")
            st.vega_lite_chart(views.confusion_chart(confusion, dark=state.is_dark()), alt=f"{title}: {told}")
