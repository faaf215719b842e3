"""The doctor finds what is broken, says what to do, and never breaks itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from recorder.events.session import UserUttered
from recorder.services.compiling import compile_export
from recorder.services.exporting import write
from recorder.store.key_source import KeySource
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog
from recorder.upkeep import check_postgres, check_sqlite
from recorder.upkeep.doctor import examine
from recorder.upkeep.findings import Finding
from tests.postgres import KEYS, Cluster
from tests.upkeep.given import fill, hands_on


def found(findings: Iterable[Finding], level: str) -> dict[str, str]:
    return {each.check: each.says for each in findings if each.level == level}


def of_file(database: Path, *, fix: bool = False, exports: Iterable[Path] = ()) -> list[Finding]:
    models = database.parent / "models"
    return [*examine(f"sqlite:///{database}", KeySource(), models, [*exports], fix=fix)]


@pytest.fixture
def filled(sql_log: SqlLog, database: Path) -> Path:
    """The file of a log that nobody uses any more."""
    fill(sql_log)
    sql_log.database.close()
    return database


def test_a_sound_log_is_called_sound(filled: Path) -> None:
    findings = of_file(filled)

    assert {each.level for each in findings} == {"ok"}
    assert {"database", "disk", "pages", "rights", "wal", "schema", "triggers", "head", "chain"} <= {
        each.check for each in findings
    }


def test_a_log_that_is_in_use_is_examined_too(sql_log: SqlLog, database: Path) -> None:
    fill(sql_log)

    assert found(of_file(database), "error") == {}
    assert sql_log.append("session/a", [UserUttered("hi")])


def not_there(file: Path) -> None:
    file.unlink()


def no_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def no_database(file: Path) -> None:
    file.write_text("These are only notes, though many of them. " * 200)


def nothing_in_it(file: Path) -> None:
    file.write_bytes(b"")


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def noise(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(100)
        opened.write(os.urandom(file.stat().st_size - 100))


def another_programs(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE events (id)")


def by_hand(*statements: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with hands_on_keeping_triggers(file) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


@contextmanager
def hands_on_keeping_triggers(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        with hands_on(file):
            pass
        yield connection
        for (sql,) in triggers:
            connection.execute(sql)


BROKEN = [
    (not_there, "database", "there is no such file"),
    (no_folder, "database", "there is no folder"),
    (a_folder, "database", "it is a folder"),
    (no_database, "database", "it is not an SQLite database"),
    (nothing_in_it, "schema", "has no schema yet"),
    (another_programs, "schema", "belongs to another program"),
    (cut_short, "*", "damaged"),
    (noise, "*", "damaged"),
    (by_hand("UPDATE alembic_version SET version_num = '0001'"), "schema", "Run `recorder init`"),
    (by_hand("UPDATE alembic_version SET version_num = '9999'"), "schema", "Update the program"),
    (by_hand("DELETE FROM alembic_version"), "schema", "its alembic_version has 0 rows, not one"),
    (by_hand("DELETE FROM events WHERE position = 16"), "head", "its last event is 15"),
    (by_hand("UPDATE log_head SET position = 15"), "head", "up to 16 beyond the end at 15"),
    (by_hand("UPDATE log_head SET link = x'00'"), "head", "not that of the last event"),
    (by_hand("DELETE FROM log_head"), "head", "its head is missing"),
    (by_hand("UPDATE events SET actor = 'eve' WHERE position = 9"), "chain", "Event 9 of"),
    (by_hand("UPDATE events SET recorded_at = 3, link = 'x'"), "chain", "Event 1 of"),
    (by_hand("UPDATE stream_keys SET master = 'other'"), "keys", "encrypted under other"),
    (by_hand("UPDATE stream_keys SET wrapped = x'00'"), "keys", "does not fit the master key"),
    (by_hand("DROP TABLE stream_keys"), "chain", "no such table"),
    (
        by_hand("INSERT INTO caught_up VALUES ('x', 1, 1, 99, 'serving', 0, '', 0.0)"),
        "read models",
        "rebuild",
    ),
    (by_hand("DROP TABLE caught_up"), "read models", "no such table"),
]


@pytest.mark.parametrize(("break_it", "check", "says"), BROKEN, ids=[f"{b[1]} {b[2]}" for b in BROKEN])
def test_whatever_is_broken_is_found_and_named(
    filled: Path, break_it: Callable[[Path], None], check: str, says: str
) -> None:
    break_it(filled)

    errors = [each for each in of_file(filled) if each.level == "error"]

    told = [f"{each.says} {each.mend}" for each in errors if check in ("*", each.check)]
    assert any(says in each for each in told), errors


def test_a_damaged_page_is_found(filled: Path) -> None:
    size, page = filled.stat().st_size, 4096
    for number in range(2, size // page, 3):
        with filled.open("r+b") as opened:
            opened.seek(number * page)
            opened.write(b"\xff" * page)

    errors = found(of_file(filled), "error")

    assert "pages" in errors or "damaged" in " ".join(errors.values())


def test_each_trigger_that_is_gone_is_found(filled: Path) -> None:
    for number, trigger in enumerate(check_sqlite.TRIGGERS, 1):
        with closing(sqlite3.connect(filled)) as connection:
            connection.execute(f"DROP TRIGGER {trigger}")

        said = found(of_file(filled), "error")["triggers"]
        assert [trigger in said, said.count("_keep_")] == [True, number]


def test_a_clock_that_went_back_is_told(database: Path, sql_log: SqlLog) -> None:
    times = iter([datetime(2100, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)])
    sql_log._clock = lambda: next(times)
    sql_log.append("session/a", [UserUttered("late")])
    assert "is to come" in found(of_file(database), "warn")["clock"]
    sql_log.append("session/a", [UserUttered("early")])

    assert "went back 1 times" in found(of_file(database), "warn")["clock"]


def test_a_key_that_others_can_read_is_told_and_mended(filled: Path) -> None:
    key = filled.with_name(filled.name + ".key")
    key.chmod(0o644)

    assert "Others than its owner" in found(of_file(filled), "warn")["key file"]
    assert found(of_file(filled, fix=True), "warn") == {}
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [None, "no key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])
def test_a_key_that_is_missing_or_another_one_is_told(filled: Path, content: str | None) -> None:
    key = filled.with_name(filled.name + ".key")
    key.unlink()
    if content is not None:
        key.write_text(content)

    assert "keys" in found(of_file(filled), "error")


def test_what_was_left_half_written_long_ago_is_removed(filled: Path) -> None:
    old, new = filled.with_name(".log.bak.17.new"), filled.with_name(".log.bak.18.new-wal")
    model = filled.parent / "models" / ".writing-abc"
    model.mkdir(parents=True)
    for path in (old, new):
        path.touch()
    for path in (old, model):
        os.utime(path, (time.time() - 7_200,) * 2)

    left = {each.says for each in of_file(filled) if each.check == "leftovers"}
    assert left == {f"{old} was left half written.", f"{model} was left half written."}
    findings = of_file(filled, fix=True)

    assert [old.exists(), model.exists(), new.exists()] == [False, False, True]
    assert [each.check for each in findings].count("leftovers") == 2


def test_a_model_that_was_moved_aside_is_not_removed(filled: Path) -> None:
    aside = filled.parent / "models" / ".writing-abc-replaced"
    aside.mkdir(parents=True)
    (aside / "metadata.json").write_text('{"id": "3f2a"}')
    os.utime(aside, (time.time() - 7_200,) * 2)

    findings = of_file(filled, fix=True)

    assert aside.exists()
    assert f"mv {aside} {filled.parent / 'models' / '3f2a'}" in {each.mend for each in findings}


def test_a_model_that_cannot_be_loaded_is_named(filled: Path) -> None:
    for name, content in (("a", "{"), ("b", '{"format": 99}')):
        (filled.parent / "models" / name).mkdir(parents=True)
        (filled.parent / "models" / name / "metadata.json").write_text(content)

    errors = [each for each in of_file(filled) if each.level == "error"]

    assert [each.check for each in errors] == ["models", "models"]
    assert "models/a cannot be read" in errors[0].says


def test_an_export_is_held_against_its_manifest(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    write(compile_export([]), out)
    assert found(of_file(filled, exports=[out]), "ok")["export"].startswith(f"{out}: all 3 files")

    (out / "nlu.yml").write_text("version: '3.1'")
    assert "nlu.yml not as exported" in found(of_file(filled, exports=[out]), "warn")["export"]
    (out / "manifest.json").write_text("[]")
    assert "is no manifest" in found(of_file(filled, exports=[out]), "error")["export"]
    assert "No such file" in found(of_file(filled, exports=[tmp_path / "none"]), "error")["export"]


def test_a_wal_is_taken_over_when_asked(sql_log: SqlLog, database: Path) -> None:
    fill(sql_log)
    wal = database.with_name(database.name + "-wal")
    assert wal.stat().st_size > 0

    assert "taken over" in found(of_file(database, fix=True), "ok")["wal"]
    assert wal.stat().st_size == 0


def test_a_log_without_encryption_is_fine_and_told(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/plain.db", encrypted=False)

    assert "not encrypted" in found(of_file(tmp_path / "plain.db"), "ok")["keys"]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Rights do not bind root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_only_be_read_is_told(filled: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        file = Path(shutil.copy(filled, folder))
        file.chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            errors = found(of_file(file), "error")

    assert any("read-only" in says or "cannot be opened" in says for says in errors.values()), errors


def of_server(url: str) -> list[Finding]:
    return [*examine(url, KEYS, Path("none"))]


def test_a_sound_server_is_called_sound(postgres_log: SqlLog, postgres_url: str) -> None:
    fill(postgres_log)

    findings = of_server(postgres_url)

    assert found(findings, "error") == {}
    assert "owns the log" in found(findings, "warn")["rights"]
    assert "PostgreSQL" in found(findings, "ok")["database"]


def test_each_trigger_that_is_switched_off_is_found(cluster: Cluster, postgres_url: str) -> None:
    with cluster.connect(str(make_url(postgres_url).database)) as server:
        for number, trigger in enumerate(check_postgres.TRIGGERS, 1):
            table = trigger.split("_keep_")[0]
            server.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())

            said = found(of_server(postgres_url), "error")["triggers"]
            assert [trigger in said, said.count("_keep_")] == [True, number]


def test_a_server_that_is_not_there_or_refuses_is_told(postgres_url: str) -> None:
    gone = make_url(postgres_url).set(query={"host": "/nowhere"})
    stranger = make_url(postgres_url).set(username="nobody")

    for url, says in ((gone, "cannot be reached"), (stranger, 'role "nobody" does not exist')):
        assert says in found(of_server(url.render_as_string(False)), "error")["database"]


def test_a_server_without_a_log_is_told(empty_postgres_url: str) -> None:
    assert "has no schema yet" in found(of_server(empty_postgres_url), "error")["schema"]


def test_a_role_without_rights_is_told(cluster: Cluster, postgres_url: str) -> None:
    database = str(make_url(postgres_url).database)
    with cluster.connect(database) as server:
        with closing(server.cursor()) as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'patient'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE ROLE patient LOGIN")
        server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO patient")
    url = make_url(postgres_url).set(username="patient").render_as_string(False)

    assert "patient cannot append" in found(of_server(url), "error")["rights"]


@pytest.mark.parametrize("url", ["", "recorder.db", "mysql://me:secret@host/db", "sqlite://", "sqlite:///\0"])
def test_an_address_that_names_nothing_is_told(url: str) -> None:
    errors = found(examine(url, KEYS, Path("none")), "error")

    assert "database" in errors
    assert "secret" not in errors["database"]


def test_a_server_that_goes_away_meanwhile_is_told(cluster: Cluster, postgres_url: str) -> None:
    findings = examine(postgres_url, KEYS, Path("none"))
    seen = [next(findings)]
    with psycopg.connect(
        host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True
    ) as server:
        server.execute(f"DROP DATABASE {make_url(postgres_url).database} WITH (FORCE)".encode())

    seen += findings

    assert "does not exist" in " ".join(found(seen, "error").values())


def test_lists_for_an_earlier_version_of_the_program_are_not_told_of(filled: Path) -> None:
    for generation, edition in ((8, 1), (9, 2)):
        by_hand(f"INSERT INTO caught_up VALUES ('x', {generation}, {edition}, 0, 'serving', 0, '', 0.0)")(
            filled
        )

    told = [each.says for each in of_file(filled) if each.check == "read models"]

    assert sum(says.startswith("x: ") for says in told) == 1


@pytest.mark.parametrize(
    "table", ["events", "streams", "stream_keys", "log_head", "caught_up", "alembic_version"]
)
def test_a_server_that_lacks_a_table_is_told(cluster: Cluster, postgres_url: str, table: str) -> None:
    with cluster.connect(str(make_url(postgres_url).database)) as server:
        server.execute(f"DROP TABLE {table} CASCADE".encode())

    assert found(of_server(postgres_url), "error")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_the_file_breaks_the_doctor(filled: Path, data: st.DataObject) -> None:
    file = Path(shutil.copy(filled, filled.with_name("damaged.db")))
    shutil.copy(f"{filled}.key", f"{file}.key")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, file.stat().st_size - 1))
        with file.open("r+b") as opened:
            opened.seek(place)
            opened.write(data.draw(st.binary(min_size=1, max_size=200)))

    findings = of_file(file)

    assert "database" in {each.check for each in findings}
    for end in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)
