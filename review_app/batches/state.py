"""What the page of batches asks for and does."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.review import people
from recorder.review.batches import Progress, progress
from recorder.services import accounts, measuring, opening
from recorder.services.measuring import Score
from recorder.services.opening import Preview, Sample
from review_app import state


@dataclass(frozen=True, slots=True)
class Far:
    """How far a batch is: all in all, and by person."""

    whole: Progress
    people: dict[str, Progress]
    scores: dict[str, Score]
    """On gold; nobody's, where the person who looks may not know."""
    guidelines: list[str]


def far(batch: str) -> Far:
    """Raises UnknownBatch."""
    now, me = state.board().clock(), state.person()
    with state.board().look(batch) as shelf:
        whole = progress(shelf.batch, "", now)
        others = {name: progress(shelf.batch, name, now) for name in shelf.batch.people()}
        told = list(shelf.batch.guidelines)
    if not people.may(me, "read_agreement"):
        return Far(whole, {name: each for name, each in others.items() if name == me.name}, {}, told)
    scores = measuring.scores(state.board(), me, batch, state.domain(state.latest_model()))
    return Far(whole, others, scores, told)


def preview(sample: Sample) -> Preview:
    """What a batch would hold. Raises NotAllowed, BatchRefused."""
    return opening.preview(state.board(), state.person(), state.sessions(), sample)


def open_batch(name: str, found: Preview, sample: Sample, due: str, guidelines: str) -> None:
    """Queue what was shown. Raises NotAllowed, BatchRefused."""
    opening.open_batch(
        state.board(),
        state.person(),
        name,
        found.items,
        annotators=sample.annotators,
        seed=sample.seed,
        due=due,
        guidelines=guidelines,
        sampled=sample.to_json(),
    )


def close_batch(name: str) -> None:
    opening.close_batch(state.board(), state.person(), name)


def write_guidelines(name: str, text: str) -> None:
    opening.write_guidelines(state.board(), state.person(), name, text)


def annotators() -> list[str]:
    """Names that a batch may be for: of the accounts that may review; solo, those that batches are for."""
    named = {name for each in state.board().listed() for name in each.annotators}
    if state.is_solo():
        return sorted({state.person().name, *named})
    people.require(state.person(), "open_batch")
    everybody = accounts.everybody(state.recorder().log)
    return [each.name for each in everybody if not each.disabled and each.role != "viewer"]
