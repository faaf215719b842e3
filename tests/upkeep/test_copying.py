"""A log copied to another database: the same rows, whatever happens on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect

from recorder.audit.rows import LOG_REVISION, Rows, open_rows
from recorder.errors import CopyRefused, DatabaseOutOfDate, DatabaseUnusable, EventAltered, KeyUnusable
from recorder.events.bookkeeping import LogCopied
from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.store import schema
from recorder.store.database import open_database
from recorder.store.key_source import KeySource
from recorder.store.sql import SqlLog, open_log
from recorder.store.tables import REVISION
from recorder.upkeep import copying
from recorder.upkeep.copying import copy, copy_log
from tests.logs import copied
from tests.postgres import KEYS, Databases
from tests.upkeep.given import event_columns, fill, forget, hands_on, killed, rows

HI = UserUttered("hi")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAGE", 7)


@pytest.fixture
def source(any_sql_log: SqlLog) -> SqlLog:
    fill(any_sql_log)
    return any_sql_log


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with an empty log."""
    if request.param == "to sqlite":
        yield f"sqlite:///{shutil.copy(migrated, tmp_path / 'target.db')}"
    else:
        databases: Databases = request.getfixturevalue("databases")
        with databases.new(request.getfixturevalue("migrated_template")) as url:
            yield url


def url_of(log: SqlLog) -> str:
    url = log.engine.url
    return (
        f"sqlite:///{log.database.name}"
        if url.get_backend_name() == "sqlite"
        else url.render_as_string(False)
    )


@contextmanager
def reading(url: str, log: SqlLog) -> Iterator[SqlLog]:
    """The copy of a log, opened with the log's master key."""
    with closing(open_database(url)) as database:
        yield SqlLog(database, log.keys)


def test_a_copy_holds_the_same_rows_and_goes_on_like_the_log(source: SqlLog, target: str) -> None:
    done = copy_log(url_of(source), target)

    assert rows(target) == rows(source.database)
    assert (done.position, done.events, done.forgotten) == (16, 16, 0)
    assert source.keys is not None and done.masters == tuple(source.keys.ids)
    with reading(target, source) as log:
        assert [*log.read_all()] == [*source.read_all()]
        written = log.append(session_stream("new"), [HI])
        assert (written[0].position, rows(target)["streams"][8].master) == (17, source.keys.first.id)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_target_that_is_not_there_yet_is_made(
    request: pytest.FixtureRequest, sql_log: SqlLog, tmp_path: Path, kind: str
) -> None:
    file = f"sqlite:///{tmp_path}/target.db"
    url = file if kind == "sqlite" else request.getfixturevalue("empty_postgres_url")
    fill(sql_log)

    copy_log(url_of(sql_log), url)

    assert rows(url) == rows(sql_log.database)
    assert schema.current(url) == REVISION
    assert not (tmp_path / "target.db.key").exists()


def test_a_copy_adds_what_is_new_and_says_so(source: SqlLog, target: str) -> None:
    copy_log(url_of(source), target)
    source.append(session_stream("later"), [HI, HI])

    done = copy_log(url_of(source), target)

    assert (done.events, done.position) == (2, 18)
    assert rows(target) == rows(source.database)
    assert copy_log(url_of(source), target).events == 0


def test_an_empty_log_is_copied_too(any_sql_log: SqlLog, target: str) -> None:
    copy_log(url_of(any_sql_log), target)

    assert rows(target) == rows(any_sql_log.database)
    assert rows(target)["head"].encrypted


def test_the_source_may_grow_and_forget_while_it_is_copied(source: SqlLog, target: str) -> None:
    """The session of stream 1 is copied with its key, and then forgotten."""
    seen = list[int]()

    def meanwhile(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            forget(source, 1)
            source.append(session_stream("meanwhile"), [HI])

    done = copy_log(url_of(source), target, progress=meanwhile)

    assert (seen, done.forgotten) == ([7, 14, 16, 17], 1)
    assert rows(target) == rows(source.database)
    with reading(target, source) as log:
        assert [row.stream for row in log.read_all(limit=1)] == ["forgotten/1"]


def test_what_was_forgotten_or_wrapped_anew_since_is_taken_over(source: SqlLog, target: str) -> None:
    copy_log(url_of(source), target)
    forget(source, 3)
    with source.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE stream_keys SET master = 'new' WHERE stream = 1")

    done = copy_log(url_of(source), target)

    assert (done.events, done.forgotten, done.rewrapped) == (0, 1, 1)
    assert rows(target) == rows(source.database)


def test_what_is_forgotten_in_the_copy_stays_forgotten(source: SqlLog, target: str) -> None:
    copy_log(url_of(source), target)
    with reading(target, source) as log:
        forget(log, 1)
    source.append(session_stream("later"), [HI])

    copy_log(url_of(source), target)

    stream = rows(target)["streams"][1]
    assert (stream.name, stream.salt, stream.wrapped) == (None, None, None)
    assert rows(target)["events"] == rows(source.database)["events"]


def test_a_copy_that_is_killed_goes_on_where_it_was(source: SqlLog, target: str) -> None:
    fill(source, 30)

    killed("copy", url_of(source), target, after=60)

    with closing(open_rows(target)) as database:
        there = Rows(database).head().position
    total = source.position()
    assert 60 <= there < total
    assert copy_log(url_of(source), target).events == total - there
    assert rows(target) == rows(source.database)


def test_a_target_that_went_another_way_is_refused_with_the_first_difference(
    source: SqlLog, target: str
) -> None:
    copy_log(url_of(source), target)
    with reading(target, source) as log:
        log.append(session_stream("there"), [HI] * 5)
    source.append(session_stream("here"), [HI] * 7)
    before = rows(target)

    with pytest.raises(CopyRefused, match="they differ from event 17 on"):
        copy_log(url_of(source), target)

    assert rows(target) == before


def test_a_target_that_holds_more_is_refused(source: SqlLog, target: str) -> None:
    copy_log(url_of(source), target)
    with reading(target, source) as log:
        log.append(session_stream("there"), [HI])

    with pytest.raises(CopyRefused, match="the target holds 17 events, the source only 16"):
        copy_log(url_of(source), target)


def test_nobody_may_write_to_the_target_meanwhile(source: SqlLog, target: str) -> None:
    def meanwhile(done: int, total: int) -> None:
        with reading(target, source) as log:
            log.append(session_stream("there"), [HI])

    with pytest.raises(CopyRefused, match="somebody else writes to the target"):
        copy_log(url_of(source), target, progress=meanwhile)


TAMPERING = {
    "payload": "UPDATE events SET payload = x'00' WHERE position = 10",
    "payload as text": "UPDATE events SET payload = 'text' WHERE position = 10",
    "time": "UPDATE events SET recorded_at = '2024-05-01 12:00:00.000000' WHERE position = 10",
    "no time": "UPDATE events SET occurred_at = 7 WHERE position = 10",
    "actor": "UPDATE events SET actor = 'eve' WHERE position = 10",
    "link": "UPDATE events SET link = zeroblob(32) WHERE position = 10",
    "removed": "DELETE FROM events WHERE position = 10",
    "moved": "UPDATE events SET position = 100 WHERE position = 10",
    "stream": "UPDATE events SET stream = 'x' WHERE position = 10",
    "name of the stream": "UPDATE streams SET digest = zeroblob(32) WHERE id = 4",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_a_source_that_was_tampered_with_is_copied_up_to_there(
    sql_log: SqlLog, migrated: Path, database: Path, statement: str
) -> None:
    target = f"sqlite:///{shutil.copy(migrated, database.with_name('target.db'))}"
    fill(sql_log)
    with hands_on(database) as connection:
        position = 8 if "streams" in statement else 10
        connection.execute(statement)

    with pytest.raises(EventAltered, match=r"recorder verify") as caught:
        copy_log(url_of(sql_log), target)

    assert caught.value.position == position
    assert rows(target)["head"].position == 7


@pytest.mark.parametrize(
    "statement", ["DELETE FROM events WHERE position > 12", "UPDATE log_head SET link = x'00'"]
)
def test_a_removed_end_is_found(sql_log: SqlLog, migrated: Path, database: Path, statement: str) -> None:
    target = f"sqlite:///{shutil.copy(migrated, database.with_name('target.db'))}"
    fill(sql_log)
    with hands_on(database) as connection:
        connection.execute(statement)

    with pytest.raises(EventAltered):
        copy_log(url_of(sql_log), target)


def test_a_stream_under_another_name_is_refused(sql_log: SqlLog, target: str, database: Path) -> None:
    fill(sql_log)
    with hands_on(database) as connection:
        connection.execute("UPDATE streams SET name = 'session/eve' WHERE id = 1")

    with pytest.raises(CopyRefused, match="the name of stream 1 is not the one that it began with"):
        copy_log(url_of(sql_log), target)


@pytest.mark.parametrize("statement", ["ALTER TABLE log_head DROP COLUMN link", "DROP TABLE streams"])
def test_what_is_no_whole_log_is_refused(
    sql_log: SqlLog, target: str, database: Path, statement: str
) -> None:
    fill(sql_log)
    with hands_on(database) as connection:
        connection.execute(statement)

    with pytest.raises(
        DatabaseUnusable, match=r"recorder\.db: it is no whole log \(no such.*recorder doctor"
    ):
        copy_log(url_of(sql_log), target)


def test_a_full_disk_keeps_whole_pages_and_the_copy_goes_on(
    sql_log: SqlLog, migrated: Path, tmp_path: Path
) -> None:
    fill(sql_log, 10)
    (tmp_path / "to").mkdir()
    target = open_database(f"sqlite:///{copied(migrated, tmp_path / 'to')}")
    with target.appending() as writer:
        ((pages,),) = writer.rows([("PRAGMA page_count", {})])[0]
        writer.run([(f"PRAGMA max_page_count = {pages + 3}", {})])

    with pytest.raises(DatabaseUnusable, match="the disk is full"):
        copy(sql_log.database, target)

    there = Rows(target).head().position
    assert there % 7 == 0 and 0 < there < sql_log.position()
    with target.appending() as writer:
        writer.run([("PRAGMA max_page_count = 1000000", {})])
    copy(sql_log.database, target)
    assert rows(target) == rows(sql_log.database)
    target.close()


def test_a_source_that_cannot_be_read_makes_no_target(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="no such file"):
        copy_log(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/target.db")

    assert [*tmp_path.iterdir()] == []


def test_a_target_of_an_older_program_is_to_be_upgraded_first(sql_log: SqlLog, tmp_path: Path) -> None:
    schema.upgrade(f"sqlite:///{tmp_path}/old.db", to="0002")

    with pytest.raises(DatabaseOutOfDate, match="recorder init"):
        copy_log(url_of(sql_log), f"sqlite:///{tmp_path}/old.db")


def test_a_target_that_encrypts_goes_on_encrypting(tmp_path: Path, postgres_url: str) -> None:
    plain = plain_log(tmp_path)

    copy_log(url_of(plain), postgres_url)

    assert rows(postgres_url)["events"] == rows(plain.database)["events"]
    assert rows(postgres_url)["head"].encrypted
    plain.database.close()


def test_the_tables_that_are_copied_are_as_of_the_revision_that_is_named(tmp_path: Path) -> None:
    """A log of any schema from that one on can be read, because later ones are about other tables."""
    found = []
    for revision in (LOG_REVISION, REVISION):
        schema.upgrade(f"sqlite:///{tmp_path}/{revision}.db", to=revision)
        with closing(open_rows(f"sqlite:///{tmp_path}/{revision}.db")) as database:
            columns = inspect(database.engine).get_columns
            tables = ("events", "streams", "stream_keys", "log_head")
            found.append([(one["name"], str(one["type"])) for table in tables for one in columns(table)])

    assert found[0] == found[1]


def plain_log(folder: Path) -> SqlLog:
    url = f"sqlite:///{folder}/plain.db"
    schema.upgrade(url, encrypted=False)
    log = open_log(url)
    fill(log)
    return log


def test_an_old_log_is_encrypted_on_the_way(tmp_path: Path, target: str) -> None:
    plain = plain_log(tmp_path)
    keys = KeySource(file=tmp_path / "key")

    done = copy_log(url_of(plain), target, encrypt=keys)

    with closing(open_log(target, keys=keys).database) as database:
        log = SqlLog(database, keys.load())
        *before, last = log.read_all()
        assert before == [*plain.read_all()]
        assert last.event == LogCopied(16, rows(plain.database)["head"].link.hex())
        assert done.position == last.position == 17
    there, here = rows(target), rows(plain.database)
    assert event_columns(there, *range(9))[:-1] == event_columns(here, *range(9))
    kept = [row[9] for row in there["events"] if row[9] in {row[9] for row in here["events"]}]
    assert len(kept) == 1  # the export's: nobody is in it
    with closing(open_rows(target)) as database:
        chained = Rows(database)
        assert chained.checked(chained.page(0, 100), 0, bytes(32)) == there["head"].link
    plain.database.close()


def test_what_is_encrypted_is_not_encrypted_again(sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log)

    with pytest.raises(CopyRefused, match=r"encrypted already\. Leave out --encrypt"):
        copy_log(url_of(sql_log), f"sqlite:///{tmp_path}/target.db", encrypt=KEYS)


def test_encrypting_needs_a_new_log_and_a_key(tmp_path: Path, postgres_url: str) -> None:
    plain = plain_log(tmp_path)

    with pytest.raises(KeyUnusable, match="no master key is named"):
        copy_log(url_of(plain), postgres_url, encrypt=KeySource())
    copy_log(url_of(plain), postgres_url, encrypt=KEYS)
    with pytest.raises(CopyRefused, match="holds 17 events already"):
        copy_log(url_of(plain), postgres_url, encrypt=KEYS)
    plain.database.close()


def test_encrypting_that_is_killed_leaves_nothing(tmp_path: Path, target: str) -> None:
    plain = plain_log(tmp_path)
    fill(plain, 10)

    killed("encrypt", url_of(plain), target, after=40)

    assert rows(target)["events"] == []
    assert copy_log(url_of(plain), target, encrypt=KEYS).events == plain.position() + 1
    plain.database.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 4), st.integers(1, 9)),
        st.tuples(st.just("forget"), st.integers(1, 5), st.just(0)),
        st.tuples(st.just("copy"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_a_copy_equals_its_log_whatever_was_done_to_that(
    _new_sqlite: Callable[[], AbstractContextManager[SqlLog]],
    migrated: Path,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int, int]],
) -> None:
    target = Path(shutil.copy(migrated, tmp_path_factory.mktemp("copy")))
    with _new_sqlite() as log, closing(open_database(f"sqlite:///{target}")) as there:
        for what, number, count in steps:
            if what == "append":
                log.append(session_stream(str(number)), [UserUttered(str(number))] * count)
            elif what == "forget":
                forget(log, number)
            else:
                copy(log.database, there)
        copy(log.database, there)

        assert rows(there) == rows(log.database)


def test_a_partitioned_log_is_copied_both_ways(databases: Databases, sql_log: SqlLog, tmp_path: Path) -> None:
    fill(sql_log)
    with databases.new() as url:
        schema.upgrade(url, keys=KEYS, partitions=3)
        copy_log(url_of(sql_log), url)
        copy_log(url, f"sqlite:///{tmp_path}/back.db")

    assert rows(f"sqlite:///{tmp_path}/back.db") == rows(sql_log.database)
