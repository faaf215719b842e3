"""The recorded sessions of the demo, and the command that makes them."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from recorder.dialogue import steps
from recorder.events.event import Recorded, session_stream
from recorder.events.session import Restarted, UserUttered
from recorder.formats import jsonl
from recorder.store.memory import MemoryLog

DATA = Path(__file__).parents[2] / "data"


def read(folder: Path) -> dict[str, list[Recorded]]:
    log = MemoryLog()
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            session, event, actor = jsonl.parse(line)
            log.append(session_stream(session), [event], actor=actor)
    return {stream.partition("/")[2]: log.read(stream) for stream in log.streams()}


@pytest.fixture(scope="module")
def sessions() -> dict[str, list[Recorded]]:
    return read(DATA / "sessions")


def test_there_are_forty_with_two_to_twenty_five_messages(sessions: dict[str, list[Recorded]]) -> None:
    messages = [sum(isinstance(row.event, UserUttered) for row in rows) for rows in sessions.values()]

    assert len(messages) == 40
    assert (min(messages), max(messages)) == (2, 25)
    assert sum(isinstance(row.event, Restarted) for rows in sessions.values() for row in rows) == 2


def test_every_step_holds_its_whole_ranking(sessions: dict[str, list[Recorded]]) -> None:
    for session, rows in sessions.items():
        for step in steps.cut(rows):
            text = step.recorded.event.text if isinstance(step.recorded.event, UserUttered) else None
            if (
                step.chosen in ("action_restart", "action_back", "action_listen")
                and not step.predictions[0].model
            ):
                continue  # no model is asked
            (prediction,) = step.predictions
            whole = 1 if text and text.startswith("/") else 6 if step.kind == steps.UNDERSTANDING else 9
            assert len(prediction.ranking) == whole, (session, step.id)
            assert step.chosen == prediction.ranking[0][0]


def test_recording_again_gives_the_same_visitors_and_the_same_bytes(
    sessions: dict[str, list[Recorded]], tmp_path: Path
) -> None:
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        command = [sys.executable, str(DATA / "record.py"), str(tmp_path / seed)]
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, stdout=subprocess.DEVNULL
        )

    written = [[file.read_bytes() for file in sorted((tmp_path / f).iterdir())] for f in ("1", "2")]
    assert written[0] == written[1]
    assert said(read(tmp_path / "1")) == said(sessions)


def said(sessions: dict[str, list[Recorded]]) -> list[tuple[str, str | None]]:
    return [
        (session, row.event.text)
        for session, rows in sessions.items()
        for row in rows
        if isinstance(row.event, UserUttered)
    ]


def test_the_readme_counts_the_mistakes_that_are_there(sessions: dict[str, list[Recorded]]) -> None:
    program: dict[str, Any] = runpy.run_path(str(DATA / "record.py"))
    visitors = yaml.safe_load((DATA / "visitors.yml").read_text(encoding="utf-8"))
    count = program["Count"]()
    for session, rows in sessions.items():
        ids = [row.id for row in rows if isinstance(row.event, UserUttered)]
        meant = [each for each in program["messages"](visitors[session]) if not isinstance(each, timedelta)]
        count.add(rows, dict(zip(ids, meant, strict=True)))

    readme = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
    assert f"Of their {count.steps} steps these are wrong: {count.intents} intents, " in readme
    assert f"the entities of {count.entities} messages, {count.actions} actions." in readme
