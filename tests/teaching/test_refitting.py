"""A correction counts at once: the model that proposes next has learned it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recorder.actions.local import LocalActions
from recorder.errors import TrainingError
from recorder.events.event import session_stream
from recorder.events.prediction import ActionRanked
from recorder.learning.model import Model
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from recorder.teaching.asking import WantsAction
from recorder.teaching.lesson import Lesson
from recorder.teaching.refitting import refit
from tests import given


class Nothing:
    def run(self, dispatcher: object, tracker: object, domain: object) -> list[object]:
        return []


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Answers a greeting with `action_wave`."""
    models = tmp_path / "models"
    return ModelFiles(models).load(given.model(models, tmp_path, "action_wave", 1))


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def lesson_of(log: MemoryLog, model: Model, *stories: Path) -> Lesson:
    actions = LocalActions({"action_wave": Nothing(), "action_bow": Nothing()})
    return Lesson(log, model, actions, annotator="ana", session="s", learn=refit(model, stories))


def proposed(lesson: Lesson) -> tuple[str, str | None]:
    asked = lesson.ask()
    assert isinstance(asked, WantsAction)
    return asked.proposed, asked.policy


def greeted(lesson: Lesson) -> Lesson:
    lesson.restart()
    lesson.hear("hello")
    return lesson


@pytest.mark.parametrize("name", ["action_bow", "utter_new"])
def test_the_next_prediction_for_the_same_history_is_the_corrected_action(
    log: MemoryLog, model: Model, tmp_path: Path, name: str
) -> None:
    lesson = lesson_of(log, model, tmp_path / "stories.yml")
    lesson.hear("hello")
    assert proposed(lesson)[0] == "action_wave"

    lesson.correct_action(name)
    assert proposed(greeted(lesson)) == (name, "taught")
    lesson.confirm()

    rankings = [r.event for r in log.read(session_stream("s")) if isinstance(r.event, ActionRanked)]
    first, second = (ranking.model for ranking in rankings)
    assert first == model.id
    assert second.startswith(f"{model.id}+1-")


def test_a_correction_that_was_undone_is_unlearned(log: MemoryLog, model: Model, tmp_path: Path) -> None:
    lesson = lesson_of(log, model, tmp_path / "stories.yml")
    lesson.hear("hello")

    lesson.correct_action("action_bow")
    lesson.undo()
    assert proposed(lesson) == ("action_wave", "memorised")
    lesson.redo()

    assert proposed(greeted(lesson))[0] == "action_bow"
    assert lesson.model.id.startswith(f"{model.id}+1-")


def test_what_was_taught_in_other_episodes_and_forks_is_kept(
    log: MemoryLog, model: Model, tmp_path: Path
) -> None:
    lesson = lesson_of(log, model)
    lesson.hear("hello")
    lesson.correct_action("action_bow")
    lesson.correct_action("action_listen")
    lesson.hear("thank you")
    lesson.correct_action("action_wave")
    lesson.fork(2)
    lesson.hear("hello")
    lesson.correct_action("action_listen")

    assert proposed(greeted(lesson))[0] == "action_bow"
    lesson.confirm()
    lesson.correct_action("action_listen")
    lesson.hear("thank you")
    assert proposed(lesson)[0] == "action_wave"


def test_a_confirmation_changes_no_model(log: MemoryLog, model: Model) -> None:
    lesson = lesson_of(log, model)
    lesson.hear("hello")
    lesson.confirm()

    assert lesson.model is model


def test_a_taught_model_is_the_same_when_it_is_loaded_again(
    log: MemoryLog, model: Model, tmp_path: Path
) -> None:
    lesson = lesson_of(log, model)
    lesson.hear("hello")
    lesson.correct_action("action_bow")
    taught = lesson.model
    assert isinstance(taught, Model)

    models = ModelFiles(tmp_path / "taught")
    models.save(taught, {"trained_at": datetime.now(UTC), "data_hash": "", "scores": {}, "counts": {}})
    loaded = models.load(taught.id)

    lesson = lesson_of(log, model)
    again = Lesson(MemoryLog(), loaded, LocalActions({}), annotator="ana", session="s")
    again.hear("hello")
    assert proposed(again) == ("action_bow", "taught")


def test_stories_that_cannot_be_read_are_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("stories: [")

    with pytest.raises(TrainingError, match=r"broken\.yml"):
        refit(model, [tmp_path / "broken.yml"])


def test_other_corrections_make_a_model_of_another_name(log: MemoryLog, model: Model) -> None:
    names = []
    for action in ("action_bow", "action_listen", "action_bow"):
        lesson = lesson_of(MemoryLog(), model)
        lesson.hear("hello")
        lesson.correct_action(action)
        names.append(lesson.model.id)

    assert names[0] == names[2] != names[1]


def test_without_stories_a_model_forgets_nothing(log: MemoryLog, model: Model) -> None:
    lesson = lesson_of(log, model)
    lesson.hear("thank you")
    lesson.correct_action("action_bow")
    lesson.confirm()

    assert proposed(greeted(lesson)) == ("action_wave", "memorised")
