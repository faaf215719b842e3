"""What a run of the program works with."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.bootstrap import open_recorder
from recorder.errors import DatabaseUnusable
from recorder.events.event import NewEvent
from recorder.events.session import UserUttered
from recorder.settings import Settings
from recorder.store.log import Batch
from recorder.store.schema import upgrade


def test_a_recorder_has_the_log_and_the_models_that_the_settings_name(tmp_path: Path) -> None:
    settings = Settings(f"sqlite:///{tmp_path}/recorder.db", tmp_path / "models")
    upgrade(settings.database)

    recorder = open_recorder(settings)

    assert recorder.log.append("session/a", [UserUttered("hi")])[0].position == 1
    assert recorder.models.folder == tmp_path / "models"
    assert recorder.domain() is None


def test_opening_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        open_recorder(Settings(f"sqlite:///{tmp_path}/recorder.db", tmp_path / "models"))

    assert list(tmp_path.iterdir()) == []


def test_what_is_to_be_redacted_goes_from_sessions_however_they_are_appended(tmp_path: Path) -> None:
    settings = Settings(f"sqlite:///{tmp_path}/recorder.db", redact="email", patterns="ticket=T-[0-9]+")
    upgrade(settings.database)
    log = open_recorder(settings).log
    said = UserUttered("maria@mail.org has T-12")

    log.append("session/a", [said])
    log.append_many([Batch("session/b", [NewEvent(said, "b1")]), Batch("review/b/ana", [said])])

    assert [row.event for row in log.read_all()] == [UserUttered("[email] has [ticket]")] * 2 + [said]
