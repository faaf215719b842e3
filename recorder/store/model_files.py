"""Trained models in a folder: one folder each, named by the model's id, holding data and no code.

    models/3f2a91c07d55/
    ├── model.json      words: features, classes, rules, memory, the domain
    ├── arrays.npz      numbers
    └── metadata.json   when, from what, how good; a checksum of the other two

Nothing is ever unpickled. A model is written beside its place and then moved there, so that a folder
with a model's name is always whole.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from recorder.errors import ModelUnreadable, OutputUnwritable, UnknownModel
from recorder.events.event import JsonObject
from recorder.learning.model import Model
from recorder.store.drafts import drafting, settle, sweep, write_through

FORMAT: Final = 1
LATEST: Final = "latest"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What is known of a model without loading it."""

    id: str
    path: Path
    trained_at: datetime
    """UTC."""
    data_hash: str
    """SHA-256 of what it was trained on."""
    scores: JsonObject
    """Cross-validated; see `services.training`."""
    counts: JsonObject
    """Examples, intents, stories, …"""
    log_position: int | None = None
    """The log as of which the data were exported, where that is known."""


class ModelFiles:
    """The models of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, model: Model, metadata: Mapping[str, Any]) -> ModelFile:
        """Write a model; one with the same id is replaced, for it is the same.

        Args:
            metadata: `trained_at data_hash scores counts`, perhaps `log_position`, as in `ModelFile`.

        Raises:
            OutputUnwritable: no room, no rights.
        """
        import numpy as np

        from recorder.learning.parts import take_apart

        values, arrays = take_apart(model)
        packed = io.BytesIO()
        np.savez(packed, **arrays)  # type: ignore[arg-type]  # its other argument, allow_pickle, is no array
        parts = {"model.json": orjson.dumps(values), "arrays.npz": packed.getvalue()}
        checksums = {name: sha256(content).hexdigest() for name, content in parts.items()}
        about = {"format": FORMAT, "id": model.id, **metadata, "checksums": checksums}
        written = orjson.dumps(about, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        self._place(model.id, {**parts, "metadata.json": written})
        return _about(self.folder / model.id)

    def load(self, name: str) -> Model:
        """A model by its id, the path of its folder, or `latest`.

        Raises:
            UnknownModel: there is none.
            ModelUnreadable: damaged, or written by something else.
        """
        return _load(self.find(name).path)

    def find(self, name: str) -> ModelFile:
        """As `load`, but only what is known without loading."""
        known = self.list()
        if name == LATEST and known:
            return known[0]
        for path in (self.folder / name, Path(name)):
            if name != LATEST and (path / "metadata.json").is_file():
                return _about(path)
        raise UnknownModel(name, self.folder, [model.id for model in known])

    def list(self) -> list[ModelFile]:
        """All readable models, the one trained last first."""
        found = []
        for path in sorted(self.folder.glob("*/metadata.json")) if self.folder.is_dir() else []:
            try:
                found.append(_about(path.parent))
            except ModelUnreadable:
                continue  # a stranger's folder; `load` says so when it is asked for
        return sorted(found, key=lambda model: (model.trained_at, model.id), reverse=True)

    def sweep(self) -> Sequence[Path]:
        """Remove what trainings left behind that were cut short; returns what went."""
        return sweep(self.folder)

    def _place(self, model: str, contents: Mapping[str, bytes]) -> None:
        place = self.folder / model
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with drafting(self.folder) as drafts:
                written = drafts / model
                written.mkdir()
                for name, content in contents.items():
                    write_through(written / name, content)
                settle(written)
                if place.is_dir():  # the same model: its files say the same, only the metadata may not
                    for name in contents:
                        (written / name).replace(place / name)
                else:
                    written.rename(place)
                settle(self.folder)
        except OSError as error:
            raise OutputUnwritable(self.folder, error.strerror or str(error)) from error


def _about(path: Path) -> ModelFile:
    try:
        data = orjson.loads((path / "metadata.json").read_bytes())
        if data["format"] != FORMAT:
            raise ModelUnreadable(path, f"it has format {data['format']}, this program reads {FORMAT}")
        trained_at = datetime.fromisoformat(data["trained_at"]).astimezone(UTC)
        scores, counts = dict(data["scores"]), dict(data["counts"])
        return ModelFile(
            str(data["id"]), path, trained_at, data["data_hash"], scores, counts, data.get("log_position")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnreadable(path, f"its metadata.json is not a model's ({error})") from error


def _load(path: Path) -> Model:
    import numpy as np

    from recorder.learning.parts import put_together

    try:
        checksums = orjson.loads((path / "metadata.json").read_bytes())["checksums"]
        contents = {name: (path / name).read_bytes() for name in ("model.json", "arrays.npz")}
        for name, content in contents.items():
            if sha256(content).hexdigest() != checksums[name]:
                raise ModelUnreadable(path, f"{name} was changed or damaged")
        with np.load(io.BytesIO(contents["arrays.npz"]), allow_pickle=False) as arrays:
            return put_together(orjson.loads(contents["model.json"]), dict(arrays))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelUnreadable(path, str(error) or type(error).__name__) from error
