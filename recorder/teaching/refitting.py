"""A model that learns in a lesson: refitted with the stories of its training data, and kept afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from recorder.errors import TrainingError
from recorder.learning.model import Model
from recorder.learning.refit import Refit
from recorder.services import training_files
from recorder.store.log import Clock, utc_now
from recorder.store.model_files import ModelFile, ModelFiles
from recorder.stories.events import dialogues_of, dialogues_of_rules


def refit(model: Model, stories: Iterable[Path]) -> Refit:
    """Args: stories: files and folders whose stories and rules keep counting; none: the corrections alone do.

    Raises:
        TrainingError: one of them cannot be read.
    """
    files = training_files.read(stories)
    if files.unreadable:
        places = (f"{p.file}:{p.line}: {p.message}" for p in files.unreadable)
        raise TrainingError("\n".join(["Not all of the stories can be read.", *places]))
    domain = model.domain
    return Refit(model, dialogues_of(files.stories, domain), dialogues_of_rules(files.rules, domain))


def keep(model: Model, base: ModelFile, clock: Clock = utc_now) -> ModelFile:
    """Write a model that learned in a lesson, beside the one that it was made of.

    It has no scores: nothing was held back to check it against.

    Raises: OutputUnwritable.
    """
    metadata = {
        "trained_at": clock(),
        "data_hash": sha256(
            f"{base.data_hash} {model.id}".encode()
        ).hexdigest(),  # the id tells what it learned
        "scores": {},
        "counts": base.counts,
    }
    return ModelFiles(base.path.parent).save(model, metadata)
