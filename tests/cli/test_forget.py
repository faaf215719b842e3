"""`recorder forget` as it is typed: real processes, on a file and on a server."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from recorder.cli import main
from recorder.events.bookkeeping import SessionForgotten
from recorder.events.event import FORGETTING, remarks_stream, review_stream, session_stream
from recorder.events.remarks import CommentMade, SessionTagged
from recorder.events.review import ReviewSubmitted, StepConfirmed, StepNoted
from recorder.events.session import ActionExecuted
from recorder.read_models.catching_up import ReadModels
from recorder.store.key_source import KeySource
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from recorder.upkeep.forgetting import has_remains
from tests.ingest import given as world
from tests.postgres import KEYS, Cluster, Databases
from tests.upkeep.hunting import assert_chain, found

ROOT = Path(__file__).parents[2]
SENDER = "Qwertzsender"
WORDS = (
    SENDER,
    "Xylophonquark",
    "Straßenkröte",
    "Brombeerslot",
    "Notizwurm",
    "Kommentarlurch",
    "Etikettmolch",
)
"""The sender, what was said, an entity, a slot, a note of an annotator, a comment, a tag: each of them occurs
nowhere else."""


@dataclass
class World:
    """A log with two sessions, as a user works on it."""

    url: str
    folder: Path
    """Where the user's own files are."""
    place: Path
    """Where the database's files are."""
    keys: KeySource | None = None

    def call(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """The command in this process, which is quicker; on a server in its own, for its connections."""
        if self.keys:
            return self.run(*arguments)
        out, err = io.BytesIO(), io.BytesIO()
        streams = [io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in (out, err)]
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            code = main([*map(str, arguments)])
        return subprocess.CompletedProcess([], code, out.getvalue().decode(), err.getvalue().decode())

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """The command in a process of its own."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=120
        )

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "recorder", *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        named = {
            "PYTHONPATH": str(ROOT),
            "RECORDER_DATABASE": self.url,
            "RECORDER_MODELS": str(self.folder / "models"),
        }
        return {**os.environ, **named, **({"RECORDER_MASTER_KEY": self.keys.value} if self.keys else {})}

    def remains(self, words: Iterable[str]) -> list[str]:
        """Files of the database that hold any of the words."""
        return found(self.place, words, "**/*" if self.keys else "recorder.db*")

    def open(self) -> SqlLog:
        return open_log(self.url, keys=self.keys)


@pytest.fixture(params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    (tmp_path / "user").mkdir()
    if request.param == "sqlite":
        database: Path = request.getfixturevalue("database")
        return World(f"sqlite:///{database}", tmp_path / "user", database.parent)
    cluster: Cluster = request.getfixturevalue("cluster")
    return World(request.getfixturevalue("postgres_url"), tmp_path / "user", cluster.data, KEYS)


def conversation(sender: str, *texts: str) -> dict[str, object]:
    events: list[dict[str, object]] = [world.action("action_session_start", 1.6e9)]
    for number, text in enumerate(texts):
        start = 1.6e9 + 10 * number
        entity = {
            "entity": "animal",
            "value": text.split()[-1],
            "start": text.rindex(" ") + 1,
            "end": len(text),
        }
        parsed = {"intent": {"name": "tell", "confidence": 0.4}, "entities": [entity], "text": text}
        events += [
            {"event": "user", "timestamp": start + 1, "text": text, "parse_data": parsed},
            {
                "event": "slot",
                "timestamp": start + 2,
                "name": "fruit",
                "value": "Brombeerslot" if sender == SENDER else "plum",
            },
            world.action("utter_ok", start + 3),
            {"event": "bot", "timestamp": start + 4, "text": f"You said {text}"},
            world.action("action_listen", start + 5),
        ]
    return {"sender_id": sender, "events": events}


@pytest.fixture
def used(told: World) -> World:
    """Two sessions were ingested, listed, reviewed and exported."""
    said = conversation(SENDER, "my Xylophonquark ate the Straßenkröte")
    other = conversation("other", "nothing about that dog")
    world.document(told.folder / "sessions.json", [said, other])
    assert told.call("ingest", told.folder / "sessions.json").returncode == 0
    log = told.open()
    for sender in (SENDER, "other"):
        review(log, sender)
    ReadModels(log.engine, log).catch_up()
    log.database.close()
    assert told.call("export", "--out", told.folder / "before").returncode == 0
    return told


def review(log: SqlLog, sender: str) -> None:
    steps = [row.id for row in log.read(session_stream(sender)) if isinstance(row.event, ActionExecuted)]
    decisions = [StepConfirmed(step, 0) for step in steps]
    note = StepNoted(steps[0], 1, "Notizwurm" if sender == SENDER else "fine")
    version = log.version(session_stream(sender))
    log.append(review_stream(sender, "ana"), [*decisions, note, ReviewSubmitted(version)], actor="ana")
    if sender == SENDER:
        remarks = [CommentMade("@ben, a Kommentarlurch", steps[0], ("ben",)), SessionTagged("Etikettmolch")]
        log.append(remarks_stream(sender), remarks, actor="ana")


def analysed(used: World) -> None:
    """The server has looked at the tables by itself, as it does sooner or later."""
    with psycopg.connect(make_url(used.url).set(drivername="postgresql").render_as_string()) as server:
        server.autocommit = True
        server.execute("ANALYZE")
        server.execute("CHECKPOINT")


def test_afterwards_the_words_are_nowhere(used: World) -> None:
    if used.keys:
        analysed(used)
    words_before = {each.split(": ")[1] for each in used.remains(WORDS)}
    assert {SENDER, "Xylophonquark", "Straßenkröte"} <= words_before  # they are found where they are

    done = used.run("forget", SENDER, "--yes", "--reason", "asked for it")

    assert done.returncode == 0, done.stderr
    assert used.remains(WORDS) == []
    assert used.run("export", "--out", used.folder / "after").returncode == 0
    assert found(used.folder / "after", WORDS) == []
    assert found(used.folder / "before", (SENDER, "Xylophonquark")) != []
    said = done.stdout + done.stderr
    assert not [word for word in WORDS if word.casefold() in said.casefold()]
    assert "Forgot 1 session" in said
    assert "manifest" in said and "delete that export" in said
    log = used.open()
    ReadModels(log.engine, log).rebuild()
    assert_chain(log)
    log.database.close()
    assert used.remains(WORDS) == []


def test_the_same_files_do_not_bring_it_back(used: World) -> None:
    used.call("forget", SENDER, "--yes")

    again = used.call("ingest", "--json", used.folder / "sessions.json")

    report = json.loads(again.stdout)
    assert again.returncode == 0
    assert (report["new"], report["forgotten"], report["already_there"]) == (0, 6, 6)
    (skipped,) = report["skipped"]
    assert skipped["reason"] == "6 of its events stay out: their session was forgotten"
    log = used.open()
    assert log.read(session_stream(SENDER)) == []
    log.database.close()


def test_what_the_sender_says_later_is_a_new_session_with_an_origin(used: World) -> None:
    used.call("forget", SENDER, "--yes")
    longer = conversation(SENDER, "my Xylophonquark ate the Straßenkröte", "I am back again")
    path = world.document(used.folder / "longer.json", longer)

    reports = [json.loads(used.call("ingest", "--json", path).stdout) for _ in range(2)]

    assert [(each["new"], each["forgotten"], each["already_there"]) for each in reports] == [
        (5, 6, 0),
        (0, 6, 5),
    ]
    log = used.open()
    types = [row.type for row in log.read(session_stream(SENDER))]
    log.database.close()
    assert types == ["session_recorded", "user", "slot", "action", "bot", "action"]


def test_what_would_be_forgotten_is_told_without_doing_it(used: World) -> None:
    told = used.call("forget", "--older-than", "1y", "--dry-run")
    in_json = json.loads(used.call("forget", SENDER, "nobody", "--dry-run", "--json").stdout)

    assert f"{SENDER}: " in told.stdout and "2 sessions would be forgotten" in told.stdout
    assert (in_json["sessions"], in_json["unknown"], len(in_json["exports"])) == ([SENDER], 1, 1)
    log = used.open()
    assert log.version(session_stream(SENDER)) > 0
    log.database.close()


def test_by_age_or_sender_in_json_and_again(used: World) -> None:
    if used.keys:
        analysed(used)
    first = json.loads(used.call("forget", "--sender", SENDER, "--yes", "--json", "--no-vacuum").stdout)
    rest = json.loads(used.call("forget", "--older-than", "2w", "--yes", "--json").stdout)
    again = json.loads(used.call("forget", "--older-than", "2w", "--yes", "--json").stdout)

    assert [len(each["forgotten"]) for each in (first, rest, again)] == [1, 1, 0]
    assert [each["cleared"] for each in (first, rest, again)] == [False, True, True]
    assert again["left"] == []
    assert used.remains(WORDS) == []  # not in the statistics of tables that are empty now, either


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["other", "--older-than", "1d", "--yes"], "not both"),
        (["--older-than", "soon", "--yes"], "no age"),
        (["other"], "--yes"),
    ],
)
def test_what_cannot_be_meant_is_refused(url: str, tmp_path: Path, arguments: list[str], reason: str) -> None:
    told = World(url, tmp_path, tmp_path)
    log = told.open()
    log.append("session/other", [ActionExecuted("a")])

    done = told.call("forget", *arguments)

    assert done.returncode == 2
    assert reason in done.stderr
    assert log.version("session/other") == 1
    log.database.close()


def test_a_log_without_encryption_says_what_to_do(tmp_path: Path) -> None:
    told = World(f"sqlite:///{tmp_path}/plain.db", tmp_path, tmp_path)
    told.call("init", "--no-encryption")
    log = told.open()
    log.append("session/other", [ActionExecuted("a")])
    log.database.close()

    done = told.call("forget", "other", "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert "recorder copy" in done.stderr and done.stderr.count("\n") == 1


def many(told: World, count: int) -> list[str]:
    """Sessions that hold the words, listed."""
    log = told.open()
    names = [f"{SENDER}-{number}" for number in range(count)]
    for name in names:
        texts = [world.action("Xylophonquark", 1e9)]
        log.append(session_stream(name), [ActionExecuted(text["name"]) for text in texts])
    ReadModels(log.engine, log).catch_up()
    log.database.close()
    return names


@pytest.mark.parametrize("after", [1, 25, 50])
def test_who_is_killed_on_the_way_is_completed_by_the_next_run(told: World, after: int) -> None:
    """After the first session, in the middle, and while the places are cleared or just before."""
    names = many(told, 50)
    log = told.open()
    process = subprocess.Popen(
        told.command("forget", *names, "--yes"), env=told.environment, stdout=subprocess.DEVNULL
    )
    while log.version(FORGETTING) < after and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()

    forgotten = [row for row in log.read(FORGETTING) if isinstance(row.event, SessionForgotten)]
    assert len(list(log.streams("session/"))) == 50 - len(forgotten)
    assert_chain(log)
    log.database.close()
    done = told.run("forget", *names, "--yes")

    assert done.returncode == 0, done.stderr
    log = told.open()
    assert not has_remains(log)
    assert list(log.streams("session/")) == []
    assert_chain(log)
    log.database.close()
    assert told.remains((SENDER, "Xylophonquark")) == []


@pytest.fixture
def reading(told: World) -> Iterator[None]:
    """Somebody reads an older state of the database, and does not end."""
    if told.keys:
        address = make_url(told.url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(address) as server:
            server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            server.execute("SELECT count(*) FROM log_head")
            yield
        return
    with closing(sqlite3.connect(told.url.removeprefix("sqlite:///"), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchall()
        yield


def test_whoever_still_reads_an_older_state_is_waited_for_by_the_next_run(
    told: World, request: pytest.FixtureRequest
) -> None:
    names = many(told, 1)
    request.getfixturevalue("reading")

    done = told.call("forget", *names, "--yes")

    assert done.returncode == 1
    assert "not cleared yet" in done.stderr and "Traceback" not in done.stderr
    log = told.open()
    assert has_remains(log)
    assert list(log.streams("session/")) == []
    log.database.close()


@pytest.fixture
def owned(cluster: Cluster, databases: Databases) -> Iterator[World]:
    """A log whose owner is no superuser; the application has a user of its own."""
    with databases.new() as url:
        name = make_url(url).database
        with cluster.connect() as server:
            for role in ("keeper", "keeper_app", "keeper_reader"):
                server.execute(f"DROP ROLE IF EXISTS {role}")
            server.execute("CREATE ROLE keeper LOGIN CREATEROLE")
            server.execute(f"ALTER DATABASE {name} OWNER TO keeper")
        with cluster.connect(str(name)) as server:
            server.execute("ALTER SCHEMA public OWNER TO keeper")
        address = make_url(url).set(username="keeper").render_as_string()
        upgrade(address, keys=KEYS)
        psql = shutil.which("psql") or str(cluster.binaries / "psql")
        program = [psql, "-h", cluster.folder, "-U", "keeper", "-d", name]
        roles = ["-v", "app=keeper_app", "-v", "reader=keeper_reader", "-f", "migrations/roles.sql"]
        done = subprocess.run([*map(str, [*program, *roles])], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        yield World(address, cluster.folder, cluster.data, KEYS)


def test_the_owner_forgets_and_is_told_what_needs_more_rights(owned: World) -> None:
    names = many(owned, 1)

    done = owned.run("forget", *names, "--yes")

    assert done.returncode == 0, done.stderr
    assert "Left to you: segments of the write-ahead log that were written before" in done.stdout


def test_the_application_has_no_right_to_forget(owned: World) -> None:
    names = many(owned, 1)
    as_app = replace(owned, url=make_url(owned.url).set(username="keeper_app").render_as_string())

    done = as_app.run("forget", *names, "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert "no right to do that" in done.stderr and done.stderr.count("\n") == 1
    log = owned.open()
    assert log.version(session_stream(names[0])) == 1
    log.database.close()
