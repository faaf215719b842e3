"""What the page of models looks up: the comparisons that were made last."""

from __future__ import annotations

import streamlit as st

from recorder.learning.evaluation import Comparison
from recorder.review import people
from recorder.services import training
from recorder.settings import Settings
from recorder.store.shards import Here, Watched
from review_app import state
from review_app.jobs import Job, Jobs, Tell


def is_anything_reviewed() -> bool:
    """As the counters say. Raises NotAllowed."""
    judgements = state.sessions().judgements
    return bool(judgements.counter("submitted") or judgements.counter("verdict").get("adjudicated"))


def compared(old: str, new: str) -> Job[Comparison] | None:
    """What was begun last by whomever; None: nothing was. Raises NotAllowed."""
    people.require(state.person(), "compare_models")
    return _jobs(state.settings()).latest((old, new))


def compare(old: str, new: str) -> None:
    """Begin to ask both models at the reviewed steps, as of now. Raises NotAllowed."""
    person = state.person()
    people.require(person, "compare_models")
    opened = state.recorder()

    def work(position: int, tell: Tell) -> Comparison:
        models = opened.models.load(old), opened.models.load(new)
        workers = Watched(Here(opened.log), tell)
        return training.compare(opened.log, *models, person, as_of=position, workers=workers)

    _jobs(state.settings()).begin((old, new), work)


@st.cache_resource(show_spinner=False)
def _jobs(chosen: Settings) -> Jobs[Comparison]:
    return Jobs(state.recorder().log)
