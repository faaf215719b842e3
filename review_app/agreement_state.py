"""What the page of agreement looks up, kept until the log grows."""

from __future__ import annotations

import streamlit as st

from recorder.review.people import Person
from recorder.services import agreeing
from recorder.services.agreeing import Bias, Figures, Ground, Signal, Week
from recorder.settings import Settings
from review_app import state


def ground(batch: str) -> Ground:
    """Raises NotAllowed, UnknownBatch."""
    return _ground(state.settings(), state.recorder().log.position(), batch, state.person())


def figures(batch: str, kind: str) -> Figures:
    """Raises NotAllowed, UnknownBatch."""
    return _figures(state.settings(), state.recorder().log.position(), batch, kind, state.person())


def drift() -> list[Week]:
    return agreeing.drift(state.sessions().judgements, state.person())


def signals(batch: str) -> list[Signal]:
    return agreeing.signals(state.sessions().judgements, state.board(), state.person(), batch=batch)


def bias() -> list[Bias]:
    return agreeing.bias(state.sessions().judgements, state.person())


@st.cache_resource(show_spinner=False, max_entries=8)
def _ground(chosen: Settings, position: int, batch: str, person: Person) -> Ground:
    return agreeing.ground(state.sessions().judgements, state.board(), person, batch=batch)


@st.cache_resource(show_spinner="Working out agreement…", max_entries=16)
def _figures(chosen: Settings, position: int, batch: str, kind: str, person: Person) -> Figures:
    return agreeing.figures(ground(batch), kind, person)
