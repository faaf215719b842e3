"""The model that `recorder interactive` teaches: named as with Rasa Core, by its place or by its id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import orjson

from recorder.errors import ModelError, ModelUnreadable
from recorder.learning.model import Model
from recorder.store.model_files import LATEST, ModelFile, ModelFiles


class Found(NamedTuple):
    model: Model
    file: ModelFile
    """Of the one that says what comes next."""
    problem: str | None = None
    """Why another model does not understand messages for it, though it was named."""


def find(core: Path | None, nlu: Path | None, model: str, models: Path) -> Found:
    """The model to teach, with another one's understanding where `nlu` names one.

    Args:
        core, nlu: the folder of a model, or of models, of which the latest is taken; or an id in `models`.
        model: an id in `models`, where there is no `core`.

    Raises: ModelError.
    """
    file = _named(core, models) if core else ModelFiles(models).find(model)
    mind = _load(file)
    if nlu is None:
        return Found(mind, file)
    try:
        other = _load(_named(nlu, models))
    except ModelError:
        why = f"{nlu} is no model of this program; {mind.id}, which does both, understands messages."
        return Found(mind, file, why)
    if other.id != mind.id:
        mind = replace(mind, id=f"{mind.id}.{other.id}", intents=other.intents, entities=other.entities)
    return Found(mind, file)


def _load(file: ModelFile) -> Model:
    return ModelFiles(file.path.parent).load(file.path.name)


def _named(path: Path, models: Path) -> ModelFile:
    if _is_rasas(path):
        raise ModelUnreadable(path, "it is a model of Rasa's, which only Rasa can load")
    if (path / "metadata.json").exists():
        return ModelFiles(path.parent).find(path.name)
    if ModelFiles(path).list():
        return ModelFiles(path).find(LATEST)
    if (models / path / "metadata.json").exists():
        return ModelFiles(models).find(str(path))
    reason = "no trained model is in that folder" if path.is_dir() else "there is no such folder"
    raise ModelUnreadable(path, f"{reason}; `recorder train --out {path}` trains one into it")


def _is_rasas(path: Path) -> bool:
    if path.is_file() or (path / "policy_metadata.json").exists() or (path / "core").is_dir():
        return True
    try:
        about = orjson.loads((path / "metadata.json").read_bytes())
    except (OSError, ValueError):
        return False  # `_named` says what is wrong with it
    return isinstance(about, dict) and "format" not in about
