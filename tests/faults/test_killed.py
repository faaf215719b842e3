"""kill -9 before, or in the middle of, each call that changes anything: the next start goes on from there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from recorder.actions.local import LocalActions
from recorder.events.event import review_stream, session_stream
from recorder.events.review import ReviewSubmitted
from recorder.events.session import ActionExecuted, UserUttered
from recorder.services import exported
from recorder.store.key_source import KeySource
from recorder.store.memory import MemoryLog
from recorder.store.model_files import ModelFiles
from recorder.store.schema import current, upgrade
from recorder.store.sql import open_log
from recorder.store.tables import REVISION
from recorder.teaching.asking import WantsAction
from recorder.teaching.lesson import Lesson
from tests import given
from tests.faults import actions
from tests.faults.processes import Processes, Run
from tests.faults.whole import ids
from tests.golden import keep
from tests.postgres import KEYS, Databases
from tests.teaching.test_lesson import Mind

EVERY: Final = bool(os.environ.get("EVERY_CALL"))
"""Accidents happen at each call; else, where there are many, at every third or so."""
APPEND = "tests.faults.actions:append"
SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


def step(size: int) -> int:
    return 1 if EVERY else size


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".recorder-writing-*"))


def check_append(
    url: str, before: list[str], stream: str, run: Run, keys: KeySource | None = None
) -> list[str]:
    """What was acknowledged is there, nothing is doubled, no append is there by half."""
    after = ids(url, keys)
    new = after[len(before) :]
    assert after[: len(before)] == before
    assert new == [f"{stream}#{number}{more}" for number in range(len(new) // 2) for more in ("", "+")]
    acknowledged = run.said.split()
    assert len(new) // 2 - len(acknowledged) in (0, 1)
    return after


@pytest.mark.parametrize(("how", "size"), [("kill", 7), ("tear", 11)])
def test_a_writer_to_a_file(processes: Processes, url: str, how: str, size: int) -> None:
    there: list[str] = []
    for at, run in processes.each(
        lambda at: processes.run(APPEND, url, f"session/{at}", 3, how=how, at=at), step=step(size)
    ):
        assert run.was_killed or run.code == 0
        after = check_append(url, there, f"session/{at}", run)
        again = processes.run(APPEND, url, f"session/{at}", 3)
        assert len(again.said.split()) == 3
        there = ids(url)
        assert there[: len(after)] == after
        assert len(there) % 6 == 0


def test_a_writer_to_a_server(processes: Processes, postgres_url: str) -> None:
    environ = {"RECORDER_MASTER_KEY": KEYS.value}
    there: list[str] = []
    for at, run in processes.each(
        lambda at: processes.run(
            APPEND, postgres_url, f"session/{at}", 3, how="kill", at=at, environ=environ
        ),
        step=step(11),
    ):
        assert run.was_killed or run.code == 0
        after = check_append(postgres_url, there, f"session/{at}", run, KEYS)
        processes.run(APPEND, postgres_url, f"session/{at}", 3, environ=environ)
        there = ids(postgres_url, KEYS)
        assert there[: len(after)] == after
        assert len(there) % 6 == 0


@pytest.mark.parametrize(("how", "size"), [("kill", 11), ("tear", 23)])
def test_a_lesson(processes: Processes, url: str, how: str, size: int) -> None:
    """What the bot does and what the trainer says of it are both there, or neither."""
    wanted = [*actions.lesson_of(MemoryLog(), "s")]
    for at, run in processes.each(
        lambda at: processes.run("tests.faults.actions:teach", url, f"s{at}", how=how, at=at), step=step(size)
    ):
        told = run.said.splitlines()
        assert told == wanted[: len(told)]
        ids(url)
        log = open_log(url)
        lesson = Lesson(log, Mind(), LocalActions({}), annotator="ana", session=f"s{at}")
        asked, left = lesson.ask(), actions.told_of(lesson)
        log.database.close()

        assert left in ["[] 0 WantsMessage", *wanted][len(told) :][:2]
        assert not (isinstance(asked, WantsAction) and asked.recorded)


@pytest.mark.parametrize(("how", "size"), [("kill", 13), ("tear", 41)])
def test_the_making_of_a_database(processes: Processes, tmp_path: Path, how: str, size: int) -> None:
    def init(at: int) -> Run:
        folder = tmp_path / str(at)
        folder.mkdir()
        return processes.cli("init", "--database", f"sqlite:///{folder}/r.db", how=how, at=at)

    for at, run in processes.each(init, step=step(size)):
        folder, url = tmp_path / str(at), f"sqlite:///{tmp_path}/{at}/r.db"
        left = left_in(folder)
        if run.was_killed and (folder / "r.db").exists() and current(url) is None:
            refusal = processes.cli("export", "--out", "x", "--database", url).refused()
            assert "has no schema yet" in refusal and "recorder init" in refusal

        again = processes.cli("init", "--database", url)

        assert again.code == 0
        assert all(f"removed {folder / name}, left by a run" in again.complained for name in left)
        assert {path.name for path in folder.iterdir()} == {"r.db", "r.db.key"}
        assert ids(url) == []
        shutil.rmtree(folder)


@pytest.mark.parametrize(("how", "size"), [("kill", 31), ("tear", 67)])
def test_an_upgrade(processes: Processes, tmp_path: Path, how: str, size: int) -> None:
    old = keep.restored(keep.databases()["0001"], tmp_path / "old.db")
    events = events_of(old)

    def upgrades(at: int) -> Run:
        url = f"sqlite:///{shutil.copy(old, tmp_path / 'new.db')}"
        return processes.cli("init", "--database", url, how=how, at=at)

    for _, run in processes.each(upgrades, step=step(size)):
        url = f"sqlite:///{tmp_path}/new.db"
        found = current(url)
        assert found in ("0001", REVISION) and (run.was_killed or found == REVISION)
        assert found == REVISION or events_of(tmp_path / "new.db") == events

        again = processes.cli("init", "--database", url)

        assert again.said.startswith("Upgraded" if found == "0001" else f"{tmp_path}/new.db is at schema")
        assert ids(url) == events
        assert {path.name for path in tmp_path.iterdir()} == {"old.db", "new.db"}


def events_of(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT id FROM events ORDER BY position")]


def test_an_upgrade_on_a_server(processes: Processes, databases: Databases, empty_postgres_url: str) -> None:
    upgrade(empty_postgres_url, to="0001", keys=KEYS)
    template = empty_postgres_url.partition("?")[0].rpartition("/")[2]
    environ = {"RECORDER_MASTER_KEY": KEYS.value}
    for at in range(1, 5_000, step(67)):
        with databases.new(template) as url:
            run = processes.cli("init", "--database", url, how="kill", at=at, environ=environ)
            assert (run.code, current(url)) in ((-9, "0001"), (-9, REVISION), (0, REVISION))

            assert processes.cli("init", "--database", url, environ=environ).code == 0
            assert ids(url, KEYS) == []
        if run.code == 0:
            break


def reviewed(url: str, *sessions: str) -> None:
    """Write sessions into the log, each with a submitted review."""
    log = open_log(url)
    for name in sessions:
        given.session(log, name, given.GREETING)
        given.confirmation(log, name, f"{name}-3")
        log.append(review_stream(name, "ana"), [ReviewSubmitted(6)], actor="ana")
    log.database.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


@pytest.mark.parametrize("how", ["kill", "tear"])
def test_a_first_export(processes: Processes, url: str, tmp_path: Path, how: str) -> None:
    reviewed(url, "s")
    out = tmp_path / "out"
    options = ("export", "--database", url, "--models", tmp_path / "models", "--out", out)
    assert processes.cli(*options).code == 0
    whole = contents(out)

    def export(at: int) -> Run:
        shutil.rmtree(out, ignore_errors=True)
        return processes.cli(*options, how=how, at=at)

    for _, run in processes.each(export, step=step(5 if how == "kill" else 11)):
        left = left_in(out)
        there = contents_of_export(out)
        assert there.items() <= whole.items()
        told = validated(processes, out) if there else ""
        assert ("was cut short here" in told) == bool(there.keys() - {"manifest.json"} and len(there) < 4)

        again = processes.cli(*options)  # without --force: what is there is its own

        assert again.code == 0
        assert bool(left) == ("an earlier export into" in again.complained)
        assert contents(out) == whole
        assert run.was_killed or not left
    log = open_log(url)
    assert [log.version(stream) for stream in log.streams("export/")] == [1]
    log.database.close()


def contents_of_export(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("[!.]*"))}


def validated(processes: Processes, out: Path) -> str:
    run = processes.cli("validate", out)
    assert "Traceback" not in run.complained
    return run.said


def test_an_export_over_another_one(processes: Processes, url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("export", "--database", url, "--models", tmp_path / "models", "--out", out, "--force")
    reviewed(url, "s")
    assert processes.cli(*options).code == 0
    old = contents(out)
    reviewed(url, "t")
    assert processes.cli(*options, "--format", "markdown").code == 0
    new = contents(out)
    assert set(old) - set(new) == {"stories.yml"}

    def export(at: int) -> Run:
        shutil.rmtree(out)
        out.mkdir()
        for name, content in old.items():
            (out / name).write_bytes(content)
        return processes.cli(*options, "--format", "markdown", how="kill", at=at)

    mixed = 0
    for _, run in processes.each(export, step=step(2)):
        there = contents_of_export(out)
        for name, content in there.items():
            assert content in (old.get(name), new.get(name))
        if there not in (old, new):
            mixed += 1
            assert "an export was cut short here. Export again" in validated(processes, out)

        again = processes.cli(*options, "--format", "markdown")

        assert again.code == 0
        assert contents(out) == new
        assert run.was_killed or "cut short" not in again.complained
    assert mixed


@pytest.mark.parametrize("how", ["kill", "tear"])
def test_an_export_into_files_of_the_users_own(
    processes: Processes, url: str, tmp_path: Path, how: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    old = {"stories.yml": b"stories: []\nrules: []\n", "nlu.md": b"## intent:a\n- b", "domain.yml": b""}
    into = [
        *("--into-stories", mine / "stories.yml", "--into-nlu", mine / "nlu.md"),
        *("--into-domain", mine / "domain.yml"),
    ]
    options = ("export", "--database", url, "--models", tmp_path / "models", *into)
    reviewed(url, "s")

    def export(at: int) -> Run:
        for name, content in old.items():
            (mine / name).write_bytes(content)
        return processes.cli(*options, how=how, at=at)

    export(0)
    new = contents_of_export(mine)
    assert all(new[name] != content for name, content in old.items())
    between = 0
    for _, run in processes.each(export, step=step(3)):
        there = contents_of_export(mine)
        assert all(there[name] in (old[name], new[name]) for name in old)
        between += there not in (old, new)

        assert processes.cli(*options).code == 0
        assert contents_of_export(mine) == new
        assert run.was_killed or left_in(mine) == []
    assert between or how == "tear"


def test_files_that_were_changed_after_an_export_are_told(
    processes: Processes, url: str, tmp_path: Path
) -> None:
    reviewed(url, "s")
    options = ("export", "--database", url, "--models", tmp_path / "models", "--out", tmp_path / "out")
    processes.cli(*options)
    assert "changed since" not in validated(processes, tmp_path / "out")
    with (tmp_path / "out" / "nlu.yml").open("a") as file:
        file.write("# by hand\n")

    assert "nlu.yml: changed since it was exported" in validated(processes, tmp_path / "out")
    assert "nlu.yml exists already" in processes.cli(*options).refused()
    assert list(exported.problems(tmp_path)) == []


@pytest.mark.parametrize("is_there", [False, True])
def test_the_writing_of_a_model(processes: Processes, tmp_path: Path, is_there: bool) -> None:
    model = given.model(tmp_path / "source", tmp_path, "action_wave", day=1)
    source, place = tmp_path / "source" / model, tmp_path / "models"
    processes.run("tests.faults.actions:save_model", str(source), str(tmp_path / "whole"))
    whole = contents(tmp_path / "whole" / model)

    def save(at: int) -> Run:
        shutil.rmtree(place, ignore_errors=True)
        if is_there:
            shutil.copytree(source, place / model)
        return processes.run("tests.faults.actions:save_model", str(source), str(place), how="kill", at=at)

    for _, run in processes.each(save, step=step(3)):
        files, left = ModelFiles(place), left_in(place)
        if is_there or not run.was_killed or (place / model).exists():
            assert files.load("latest").id == model
        else:
            assert files.list() == []

        assert [path.name for path in files.sweep()] == left
        processes.run("tests.faults.actions:save_model", str(source), str(place))

        assert {path.name for path in place.iterdir()} == {model}
        assert contents(place / model) == whole


def test_a_training_says_what_it_removed(processes: Processes, tmp_path: Path) -> None:
    given.model(tmp_path / "source", tmp_path, "action_wave", day=1)
    left = tmp_path / "models" / ".recorder-writing-x"
    left.mkdir(parents=True)
    words = [w for n in ("domain", "stories", "nlu") for w in (f"--{n}", tmp_path / f"{n}.yml")]

    run = processes.cli("train", *words, "--out", tmp_path / "models")

    assert run.code == 0
    assert f"recorder: removed {left}, left by a run that was cut short" in run.complained
    assert not left.exists()


def test_an_ingest(processes: Processes, database: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sessions"
    sources.mkdir()
    lines = sorted(SESSIONS.glob("*"))[0]
    shutil.copy(lines, sources)
    before = shutil.copytree(database.parent, tmp_path / "before", ignore=lambda *_: ["before", "sessions"])
    url = f"sqlite:///{before / database.name}"
    processes.cli("ingest", sources, "--database", url)
    whole = told(url)

    def read(at: int) -> Run:
        shutil.copy(database, tmp_path / "r.db")
        shutil.copy(database.with_name(database.name + ".key"), tmp_path / "r.db.key")
        for more in ("wal", "shm"):
            (tmp_path / f"r.db-{more}").unlink(missing_ok=True)
        return processes.cli("ingest", sources, "--database", f"sqlite:///{tmp_path}/r.db", how="kill", at=at)

    url = f"sqlite:///{tmp_path}/r.db"
    for _, run in processes.each(read, step=step(17)):
        assert ids(url) == [one[0] for one in whole[: len(ids(url))]]

        again = processes.cli("ingest", sources, "--database", url)

        assert again.code == 0 and run.code in (0, -9)
        assert told(url) == whole


def told(url: str) -> list[tuple[str, str, int, object]]:
    log = open_log(url)
    try:
        return [(row.id, row.stream, row.version, row.event) for row in log.read_all()]
    finally:
        log.database.close()


DOMAIN = """version: "3.1"
intents: [greet, thanks]
responses:
  utter_hello:
  - text: Hello to you!
"""
STORIES = given.STORIES.format(action="utter_hello")


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A folder with what teaches a bot, and what a visitor of it said."""
    folder = tmp_path / "data" / "concertbot"
    folder.mkdir(parents=True)
    for name, text in {"domain.yml": DOMAIN, "stories.yml": STORIES, "nlu.yml": given.NLU}.items():
        (folder / name).write_text(text)
    (tmp_path / "data" / "sessions").mkdir()
    shutil.copy(SESSIONS / "visitor-01.jsonl", tmp_path / "data" / "sessions")
    return folder


def test_a_chat(processes: Processes, url: str, bot: Path, tmp_path: Path) -> None:
    words = [w for n in ("domain", "stories", "nlu") for w in (f"--{n}", bot / f"{n}.yml")]
    assert processes.cli("train", *words, "--out", tmp_path / "models").code == 0
    options = ("--database", url, "--models", tmp_path / "models")

    for at, run in processes.each(
        lambda at: processes.cli("talk", *options, "--session", at, how="kill", at=at, typed="hello\n" * 3),
        step=step(37),
    ):
        assert run.was_killed or run.code == 0
        ids(url)
        assert answers(url, at) - run.said.count("Bot: Hello to you!") in (0, 1)

        before = answers(url, at)
        again = processes.cli("talk", *options, "--session", at, typed="hello\n")

        assert again.code == 0 and "Bot: Hello to you!" in again.said
        assert answers(url, at) == before + 1


def answers(url: str, session: int) -> int:
    log = open_log(url)
    try:
        return sum(row.type == "bot" for row in log.read(session_stream(str(session))))
    finally:
        log.database.close()


def test_the_setting_up_of_a_demo(processes: Processes, bot: Path, tmp_path: Path) -> None:
    def set_up(folder: str, at: int = 0) -> Run:
        call = ("tests.faults.actions:set_up_demo", str(tmp_path / folder), str(tmp_path / "data"))
        return processes.run(*call, how="kill" if at else "none", at=at)

    assert set_up("whole").code == 0
    whole = everything(tmp_path / "whole")

    for at, run in processes.each(lambda at: set_up(f"demo{at}", at), step=step(211)):
        assert run.code in (0, -9)

        again = set_up(f"demo{at}")

        assert again.code == 0
        assert everything(tmp_path / f"demo{at}") == whole


def everything(folder: Path) -> list[object]:
    """The files, but not when a model was trained; and the log."""
    files = {
        path.relative_to(folder): path.is_file() and path.suffix == ".yml" and path.read_bytes()
        for path in folder.rglob("*")
    }
    return [files, told(f"sqlite:///{folder}/recorder.db")]


WAVES = """from pathlib import Path


class Wave:
    def name(self):
        return "action_wave"

    def run(self, dispatcher, tracker, domain):
        with (Path(__file__).parent / tracker.sender_id).open("a") as file:
            file.write("waved\\n")
        dispatcher.utter_message(text="(waves)")
        return []
"""


def test_a_chat_in_which_code_of_the_users_acts(
    processes: Processes, url: str, bot: Path, tmp_path: Path
) -> None:
    (bot / "domain.yml").write_text(given.DOMAIN)
    (bot / "stories.yml").write_text(given.STORIES.format(action="action_wave"))
    (tmp_path / "waves").mkdir()
    (tmp_path / "waves" / "wave.py").write_text(WAVES + WAVES.replace("Wave", "Bow").replace("_wave", "_bow"))
    words = [w for n in ("domain", "stories", "nlu") for w in (f"--{n}", bot / f"{n}.yml")]
    assert processes.cli("train", *words, "--out", tmp_path / "models").code == 0
    options = ("--database", url, "--models", tmp_path / "models", "--actions", tmp_path / "waves")

    for at, run in processes.each(
        lambda at: processes.cli("talk", *options, "--session", at, how="kill", at=at, typed="hello\n" * 2),
        step=step(17),
    ):
        assert run.was_killed or run.code == 0
        ids(url)
        waved = tmp_path / "waves" / str(at)
        acted = waved.read_text().count("waved") if waved.exists() else 0
        heard, recorded = heard_and_done(url, at)
        assert (
            run.said.count("(waves)") <= recorded <= acted <= heard
        )  # nothing is done that nobody asked for

        again = processes.cli("talk", *options, "--session", at, typed="hello\n")

        assert again.code == 0 and "(waves)" in again.said
        assert heard_and_done(url, at) == (heard + 1, recorded + 1)


def heard_and_done(url: str, session: object) -> tuple[int, int]:
    """Messages of the session, and wavings, as the log has them."""
    events = [event for _, stream, _, event in told(url) if stream == session_stream(str(session))]
    done = sum(isinstance(event, ActionExecuted) and event.name == "action_wave" for event in events)
    return sum(isinstance(event, UserUttered) for event in events), done
