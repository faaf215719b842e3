"""What the page of exports looks up: how much there is, and what was compiled last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from recorder import logs
from recorder.review import people
from recorder.review.verdicts import USUAL, Rule
from recorder.services import exporting
from recorder.services.compiling import Export
from recorder.settings import Settings
from recorder.store.shards import Here, Watched
from review_app import state
from review_app.jobs import Job, Jobs, Tell

_KEY: Final = "export"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How much there is to compile, as the counters say; nothing is read for it."""

    reviews: dict[str, int]
    """Annotator -> sessions that they have submitted."""
    verdicts: dict[str, int]
    """Status -> steps with such a verdict."""

    @property
    def is_empty(self) -> bool:
        return not self.reviews and not self.verdicts.get("adjudicated")


def reviewed() -> Reviewed:
    """Raises NotAllowed."""
    judgements = state.sessions().judgements
    return Reviewed(judgements.counter("submitted"), judgements.counter("verdict"))


def compiled(rule: Rule = USUAL) -> Job[Export] | None:
    """What was begun last by whomever, with the model that is the latest now; None: nothing was.

    Raises NotAllowed.
    """
    people.require(state.person(), "export")
    return _jobs(state.settings()).latest((_KEY, rule, state.latest_model()))


def compile_all(rule: Rule = USUAL) -> None:
    """Begin to compile the submitted reviews, as of now. Raises NotAllowed."""
    person = state.person()
    people.require(person, "export")
    log, model = state.recorder().log, state.latest_model()
    domain = state.domain(model)

    def work(position: int, tell: Tell) -> Export:
        workers = Watched(Here(log), tell)
        return exporting.preview(log, domain, person, as_of=position, rule=rule, workers=workers)

    _jobs(state.settings()).begin((_KEY, rule, model), work)


def note(export: Export) -> None:
    """It was taken away: say so in the log. Raises NotAllowed."""
    exporting.record(state.recorder().log, export, state.person())
    logs.info("exported", position=export.manifest["log_position"])


@st.cache_resource(show_spinner=False)
def _jobs(chosen: Settings) -> Jobs[Export]:
    return Jobs(state.recorder().log)
