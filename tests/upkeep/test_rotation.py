"""Rotation of the master key: no event is touched, and whoever runs meanwhile goes on."""

from __future__ import annotations

import base64
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recorder.errors import KeyUnusable, NotRotatable
from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.store.key_source import KeySource
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from recorder.upkeep import rotation
from recorder.upkeep.forgetting import forget
from recorder.upkeep.rotation import rotate, status
from tests.given import GREETING, session
from tests.postgres import KEYS
from tests.upkeep.hunting import assert_chain


@pytest.fixture
def source(any_sql_log: SqlLog, tmp_path: Path) -> KeySource:
    """The file with the master key of the log."""
    file = tmp_path / "recorder.db.key"
    if any_sql_log.database.dialect.name == "postgresql":
        file.write_text(KEYS.value)
        file.chmod(0o600)
    return KeySource(file=file)


@pytest.fixture
def log(any_sql_log: SqlLog, source: KeySource) -> SqlLog:
    session(any_sql_log, "s", GREETING)
    return SqlLog(any_sql_log.database, source.load())


def opened(log: SqlLog, source: KeySource) -> SqlLog:
    """The log as another process has it, which has read the source now."""
    return SqlLog(log.database, source.load())


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_the_file_holds_a_new_key_alone_and_everything_reads_as_before(
    log: SqlLog, source: KeySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    before = list(log.read_all())
    for number in range(5):
        before += log.append(session_stream(str(number)), [UserUttered(str(number))])
    (old,) = source.read()

    master, count = rotate(log, source)

    assert [key.id for key in source.read()] == [master] != [old.id]
    assert count == 6
    assert source.file and stat.S_IMODE(source.file.stat().st_mode) == 0o600
    assert list(source.file.parent.glob("*.key.*")) == []
    after = opened(log, source)
    assert list(after.read_all()) == before
    assert status(after, source).in_use == {master: 6}
    assert_chain(log)


def test_a_process_that_runs_meanwhile_reads_and_begins_sessions(log: SqlLog, source: KeySource) -> None:
    other = opened(log, source)
    before = other.read(session_stream("s"))

    master, _ = rotate(log, source)

    assert other.read(session_stream("s")) == before
    other.append(session_stream("s"), [UserUttered("on")])
    other.append(session_stream("new"), [UserUttered("hello")])
    assert status(log, source).in_use == {master: 2}
    assert opened(log, source).read(session_stream("new"))[0].event == UserUttered("hello")


def test_sessions_that_begin_all_the_time_are_never_lost(
    log: SqlLog, source: KeySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    stop = threading.Event()
    other, third = opened(log, source), opened(log, source)

    def begin(writer: SqlLog, name: str) -> int:
        number = 0
        while not stop.is_set():
            writer.append(session_stream(f"{name}{number}"), [UserUttered(f"{name}{number}")])
            number += 1
        return number

    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(begin, other, "a"), pool.submit(begin, third, "b")]
        masters = [rotate(log, source)[0] for _ in range(3)]
        stop.set()
        counts = [each.result() for each in begun]

    fresh = opened(log, source)
    assert fresh.keys and fresh.keys.ids == [masters[-1]]
    for name, count in zip("ab", counts, strict=True):
        for number in range(count):
            assert fresh.read(session_stream(f"{name}{number}"))[0].event == UserUttered(f"{name}{number}")
    assert set(status(fresh, source).in_use) == {masters[-1]}


def test_what_was_interrupted_goes_on_to_the_same_key(
    log: SqlLog, source: KeySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    for number in range(3):
        log.append(session_stream(str(number)), [UserUttered("hi")])

    def interrupt(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(log, source, progress=interrupt)
    half = status(log, source)
    assert half.is_rotating
    assert sorted(half.in_use.values()) == [2, 2]
    between = opened(log, source)
    between.append(session_stream("between"), [UserUttered("hi")])

    master, count = rotate(opened(log, source), source)

    assert (master, count) == (half.at_hand[0], 2)
    assert status(log, source).in_use == {master: 5}
    assert len(list(opened(log, source).streams("session/"))) == 5


def test_a_log_whose_sessions_are_all_forgotten_is_rotated_too(log: SqlLog, source: KeySource) -> None:
    other = opened(log, source)
    forget(log, ["s"])

    master, count = rotate(log, source)
    other.append(session_stream("new"), [UserUttered("hi")])

    assert count == 0
    assert status(log, source).in_use == {master: 1}


def test_of_a_variable_the_operator_names_both_keys(log: SqlLog, source: KeySource) -> None:
    old, new = (source.file or Path()).read_text().strip(), new_key()

    with pytest.raises(NotRotatable, match=r"RECORDER_MASTER_KEY holds one.*openssl"):
        rotate(log, KeySource(value=old))
    both = KeySource(value=f"{new} {old}")
    master, count = rotate(opened(log, both), both)

    assert count == 1
    assert master == KeySource(value=new).read()[0].id
    assert opened(log, KeySource(value=new)).read(session_stream("s"))[0].event
    with pytest.raises(KeyUnusable, match=master):
        assert opened(log, source).read(session_stream("s"))[0].event


def test_a_command_may_print_several_keys(log: SqlLog, source: KeySource) -> None:
    old, new = (source.file or Path()).read_text().strip(), new_key()
    both = KeySource(command=f"printf '%s\\n%s\\n' {new} {old}")

    assert rotate(opened(log, both), both) == (KeySource(value=new).read()[0].id, 1)


def test_a_link_to_the_key_stays_a_link(log: SqlLog, source: KeySource, tmp_path: Path) -> None:
    assert source.file
    link = tmp_path / "link"
    link.symlink_to(source.file)

    master, _ = rotate(log, KeySource(file=link))

    assert link.is_symlink()
    assert source.read()[0].id == master


def test_without_encryption_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/plain.db"
    upgrade(url, encrypted=False)
    log = open_log(url)

    with pytest.raises(NotRotatable, match="not encrypted"):
        rotate(log, KeySource(file=tmp_path / "key"))

    assert list(tmp_path.glob("*key*")) == []
    log.database.close()
