"""Refitting a model with the stories and rules of its training data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from recorder.errors import TrainingError
from recorder.learning.model import Model
from recorder.learning.refit import Refit
from recorder.services import training_files
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
