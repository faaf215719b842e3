"""What the page of agreement looks up, kept until the lists tell of more."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from recorder.review.drift import Week
from recorder.review.people import Person
from recorder.services import agreeing
from recorder.services.agreeing import Bias, Figures, Ground, Signal
from recorder.settings import Settings
from review_app import state


class _Look(NamedTuple):
    """What all answers depend on."""

    settings: Settings
    position: int
    behind: int
    """Lists that tell of more by now say something else at the same position."""
    batch: str
    person: Person


def _look(batch: str) -> _Look:
    state.sessions()  # so that the lists follow
    return _Look(state.settings(), state.recorder().log.position(), state.behind(), batch, state.person())


def ground(batch: str) -> Ground:
    """Raises NotAllowed, UnknownBatch."""
    return _ground(_look(batch))


def figures(batch: str, kind: str) -> Figures:
    """Raises NotAllowed, UnknownBatch."""
    return _figures(_look(batch), kind)


def drift(batch: str) -> list[Week]:
    """Raises NotAllowed, UnknownBatch."""
    return _drift(_look(batch))


def bias(batch: str) -> list[Bias]:
    """Raises NotAllowed, UnknownBatch."""
    return _bias(_look(batch))


def signals(batch: str) -> list[Signal]:
    """Raises NotAllowed, UnknownBatch."""
    return agreeing.signals(state.sessions().judgements, state.board(), state.person(), batch=batch)


@st.cache_resource(show_spinner=False, max_entries=8)
def _ground(look: _Look) -> Ground:
    return agreeing.ground(state.sessions().judgements, state.board(), look.person, batch=look.batch)


@st.cache_resource(show_spinner="Working out agreement…", max_entries=16)
def _figures(look: _Look, kind: str) -> Figures:
    return agreeing.figures(_ground(look), kind, look.person)


@st.cache_resource(show_spinner=False, max_entries=8)
def _drift(look: _Look) -> list[Week]:
    return agreeing.drift(state.sessions().judgements, state.board(), look.person, batch=look.batch)


@st.cache_resource(show_spinner=False, max_entries=8)
def _bias(look: _Look) -> list[Bias]:
    return agreeing.bias(state.sessions().judgements, state.board(), look.person, batch=look.batch)
