"""Models in a folder: whole, dated, and never code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from recorder.errors import ModelUnreadable, OutputUnwritable, UnknownModel
from recorder.learning.model import Model, train
from recorder.store.model_files import ModelFile, ModelFiles
from tests.learning.given import DIALOGUES, DOMAIN, GREETED, NLU

MODEL = train(NLU, DIALOGUES, DOMAIN)
EARLIER = train(NLU, DIALOGUES[:1], DOMAIN)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    return ModelFiles(tmp_path / "models")


def save(files: ModelFiles, model: Model = MODEL, at: datetime = NOON, **more: Any) -> ModelFile:
    about = {
        "trained_at": at,
        "data_hash": "d" * 64,
        "scores": {"intent_accuracy": 0.5},
        "counts": {"stories": 3},
    }
    return files.save(model, about | more)


def test_a_loaded_model_answers_as_the_saved_one(files: ModelFiles) -> None:
    save(files)

    loaded = files.load(MODEL.id)

    assert loaded.parse("hello in Rome") == MODEL.parse("hello in Rome")
    assert loaded.rank_actions(GREETED) == MODEL.rank_actions(GREETED)
    assert loaded.domain == DOMAIN


def test_what_is_known_of_a_model(files: ModelFiles) -> None:
    saved = save(files, log_position=812)

    assert saved == files.find(MODEL.id)
    assert (saved.trained_at, saved.log_position) == (NOON, 812)
    assert (saved.scores, saved.counts) == ({"intent_accuracy": 0.5}, {"stories": 3})


def test_the_latest_comes_first(files: ModelFiles) -> None:
    save(files, EARLIER)
    save(files, MODEL, NOON + timedelta(hours=1))

    assert [model.id for model in files.list()] == [MODEL.id, EARLIER.id]
    assert files.find("latest").id == MODEL.id


def test_a_model_is_found_by_its_path(files: ModelFiles, tmp_path: Path) -> None:
    path = save(files).path

    assert ModelFiles(tmp_path / "elsewhere").load(str(path)).id == MODEL.id


def test_saving_again_replaces(files: ModelFiles) -> None:
    save(files)
    save(files, at=NOON + timedelta(days=1))

    assert [model.trained_at for model in files.list()] == [NOON + timedelta(days=1)]
    assert [path.name for path in files.folder.iterdir()] == [MODEL.id]


@pytest.mark.parametrize("name", ["latest", "nobody", "../..", ""])
def test_an_unknown_model_is_named_with_those_there_are(files: ModelFiles, name: str) -> None:
    with pytest.raises(UnknownModel, match="recorder train"):
        files.load(name)
    if name != "latest":
        save(files)
        with pytest.raises(UnknownModel, match=MODEL.id):
            files.load(name)


@pytest.mark.parametrize("part", ["model.json", "arrays.npz", "metadata.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\x80\x04garbage", None])
def test_a_damaged_model_is_refused(files: ModelFiles, part: str, content: bytes | None) -> None:
    path = save(files).path / part
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises((ModelUnreadable, UnknownModel)):
        files.load(MODEL.id)


def test_a_damaged_model_does_not_hide_the_others(files: ModelFiles) -> None:
    save(files)
    (save(files, EARLIER).path / "metadata.json").write_bytes(b"?")

    assert [model.id for model in files.list()] == [MODEL.id]


def test_metadata_of_the_wrong_kinds_does_not_hide_the_others(files: ModelFiles) -> None:
    save(files)
    path = save(files, EARLIER).path / "metadata.json"
    wrong = {"id": [], "trained_at": "2025-01-01T00:00:00"}
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), **wrong}))

    assert MODEL.id in [model.id for model in files.list()]


def test_a_newer_format_is_refused(files: ModelFiles) -> None:
    path = save(files).path / "metadata.json"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "format": 99}))

    with pytest.raises(ModelUnreadable, match="format 99"):
        files.load(MODEL.id)


def test_code_in_the_arrays_is_never_run(files: ModelFiles) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("it ran",))

    path = save(files).path
    np.savez(path / "arrays.npz", weights=np.array([Bomb()], dtype=object))
    about = orjson.loads((path / "metadata.json").read_bytes())
    about["checksums"]["arrays.npz"] = sha256((path / "arrays.npz").read_bytes()).hexdigest()
    (path / "metadata.json").write_bytes(orjson.dumps(about))

    with pytest.raises(ModelUnreadable, match="pickle"):
        files.load(MODEL.id)


def test_a_folder_that_is_a_file_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("x")

    with pytest.raises(OutputUnwritable):
        save(ModelFiles(tmp_path / "models"))


def test_a_save_that_fails_leaves_nothing(files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    save(files, EARLIER)

    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OutputUnwritable, match="No space left"):
        save(files)

    assert [path.name for path in files.folder.iterdir()] == [EARLIER.id]
