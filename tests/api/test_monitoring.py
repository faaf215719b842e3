"""What monitoring is told: true figures, readiness that means something, and no secret."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from sqlalchemy import make_url

from recorder.api import monitoring, readiness
from recorder.api.metrics import Metrics
from recorder.bootstrap import open_recorder
from recorder.errors import VersionConflict
from recorder.events.session import UserUttered
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.registry import MODELS
from recorder.settings import Settings
from recorder.store.schema import upgrade
from recorder.store.sql import SqlLog, open_log
from recorder.store.tables import REVISION
from tests.postgres import KEYS, Cluster

HI = UserUttered("hi")
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A log in either database."""
    if request.param == "sqlite":
        return Settings(request.getfixturevalue("url"), tmp_path / "models")
    return Settings(request.getfixturevalue("postgres_url"), tmp_path / "models", KEYS)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def watched(settings: Settings, metrics: Metrics) -> Iterator[SqlLog]:
    log = open_recorder(settings, metrics.observe).log
    assert isinstance(log, SqlLog)
    metrics.watch(log)
    yield log
    log.database.close()


Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


@pytest.fixture
def serving() -> Iterator[Callable[..., Ask]]:
    """Starts a server of the pages; returns what asks it."""
    servers = []

    def start(settings: Settings, metrics: Metrics | None = None, **options: Any) -> Ask:
        pages = monitoring.application(settings, metrics or Metrics(), **options)
        servers.append(server := monitoring.start(pages, "127.0.0.1", 0))

        def ask(path: str, method: str = "GET", **headers: str) -> Answer:
            connection = HTTPConnection("127.0.0.1", server.server_port, timeout=30)
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            answer = response.status, dict(response.getheaders()), response.read()
            connection.close()
            return answer

        return ask

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def figures(ask: Ask) -> dict[str, float]:
    """Name (with labels) -> value, read by a parser of OpenMetrics."""
    _, headers, body = ask("/metrics", Accept=OPENMETRICS)
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): float(sample.value)
        for family in text_string_to_metric_families(body.decode())  # type: ignore[no-untyped-call]
        for sample in family.samples
    }


def failed(ask: Ask) -> dict[str, str]:
    """The checks that failed, with what is said of them."""
    status, _, body = ask("/ready")
    answer = json.loads(body)
    found = {check["name"]: check["detail"] for check in answer["checks"] if not check["ok"]}
    assert status == (503 if found else 200)
    assert answer["ready"] == (not found)
    return found


def test_the_figures_are_those_of_the_log_and_of_this_process(
    settings: Settings, metrics: Metrics, watched: SqlLog, serving: Callable[..., Ask]
) -> None:
    ask = serving(settings, metrics)
    watched.append("session/a", [HI] * 3)
    ReadModels(watched.engine, watched).catch_up()
    watched.append("session/b", [HI] * 2)
    with pytest.raises(VersionConflict):
        watched.append("session/b", [HI], expected_version=9)

    found = figures(ask)

    assert found["recorder_append_seconds_count"] == found["recorder_append_group_size_count"] == 3
    assert found["recorder_append_seconds_bucket{+Inf}"] == 3
    assert found["recorder_events_appended_total"] == found["recorder_log_position"] == 5
    assert found["recorder_append_conflicts_total"] == 1
    assert found["recorder_read_model_position{sessions}"] == 3
    assert found["recorder_read_model_lag_events{sessions}"] == 2
    assert found["recorder_appends_waiting"] == found["recorder_connections_lost_total"] == 0
    assert found["recorder_database_up"] == 1
    assert found["recorder_database_bytes"] > 50_000
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert ("recorder_database_room_bytes" in found) == (watched.engine.dialect.name == "sqlite")


def test_whoever_asks_chooses_the_notation(url: str, serving: Callable[..., Ask]) -> None:
    ask = serving(Settings(url))

    _, plain, text = ask("/metrics")
    _, packed, content = ask("/metrics", **{"Accept": OPENMETRICS, "Accept-Encoding": "gzip"})

    assert plain["Content-Type"].startswith("text/plain")
    assert b"# EOF" not in text
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(content).endswith(b"# EOF\n")


def test_a_log_that_works_is_ready_and_stays_as_it_is(
    settings: Settings, watched: SqlLog, serving: Callable[..., Ask]
) -> None:
    watched.append("session/a", [HI])

    status, _, body = serving(settings)("/ready")

    assert status == 200
    names = [check["name"] for check in json.loads(body)["checks"]]
    assert names == ["database", "schema", "key", "writable", "room", "read_models"]
    assert watched.position() == 1


def test_a_database_that_is_not_there_yet_is_waited_for(tmp_path: Path, serving: Callable[..., Ask]) -> None:
    settings = Settings(f"sqlite:///{tmp_path}/later.db", tmp_path / "models")
    ask = serving(settings)

    assert failed(ask) == {"database": "there is no such file"}
    assert figures(ask)["recorder_database_up"] == 0
    assert not list(tmp_path.iterdir())
    upgrade(settings.database)
    assert failed(ask) == {}
    assert figures(ask)["recorder_database_up"] == 1


def test_a_server_that_cannot_be_reached_is_not_ready_and_its_password_is_not_told(
    postgres_url: str, serving: Callable[..., Ask]
) -> None:
    url = make_url(postgres_url).set(password="geheim7").set(query={"host": "/nowhere"})
    ask = serving(Settings(url.render_as_string(hide_password=False), keys=KEYS))

    status, _, body = ask("/ready")

    assert status == 503
    assert b"it cannot be reached" in body
    for secret in (b"geheim7", b"nowhere", b"postgres"):
        assert secret not in body
        assert secret not in ask("/metrics")[2]


def test_an_older_schema_is_not_ready(tmp_path: Path, serving: Callable[..., Ask]) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    upgrade(url, "0002")

    assert failed(serving(Settings(url))) == {"schema": f"it is 0002, {REVISION} is needed"}


def test_another_master_key_is_not_ready(database: Path, serving: Callable[..., Ask]) -> None:
    url = f"sqlite:///{database}"
    open_log(url).append("session/a", [HI])
    ask = serving(Settings(url))

    key = database.with_name(database.name + ".key")
    key.rename(database.with_name("away"))
    assert set(failed(ask)) == {"key"}
    key.write_text(KEYS.value)
    assert set(failed(ask)) == {"key"}
    database.with_name("away").rename(key)
    assert failed(ask) == {}


def test_a_server_that_takes_no_writes_is_not_ready(
    cluster: Cluster, postgres_url: str, serving: Callable[..., Ask]
) -> None:
    name = make_url(postgres_url).database
    with cluster.connect() as server:
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    assert failed(serving(Settings(postgres_url, keys=KEYS))) == {"writable": "it is read-only"}


@pytest.fixture
def anybodys(migrated: Path) -> Iterator[Path]:
    """A database that any user may read and none may write, in a folder where all may."""
    folder = Path("/tmp") / f"recorder-{os.getpid()}"
    folder.mkdir()
    for file in (migrated, migrated.with_name(migrated.name + ".key")):
        Path(shutil.copy(file, folder)).chmod(0o444)
    folder.chmod(0o777)
    yield folder / migrated.name
    shutil.rmtree(folder)


def test_a_file_that_is_read_only_is_not_ready(anybodys: Path) -> None:
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anything
    try:
        found = readiness.checks(Settings(f"sqlite:///{anybodys}"))
    finally:
        os.seteuid(user)

    assert [check.name for check in found if not check.ok] == ["writable"]


def test_another_writer_is_no_fault(database: Path, serving: Callable[..., Ask]) -> None:
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    assert failed(serving(Settings(f"sqlite:///{database}"))) == {}
    writer.close()


def test_lists_that_are_far_behind_are_not_ready(
    settings: Settings, watched: SqlLog, serving: Callable[..., Ask]
) -> None:
    ask = serving(settings, max_lag=2)
    watched.append("session/a", [HI] * 2)
    assert failed(ask) == {}

    watched.append("session/a", [HI])
    behind = [f"{name} is 3 events behind" for name in MODELS]
    assert failed(ask) == {"read_models": ", ".join(behind)}

    ReadModels(watched.engine, watched).catch_up()
    assert failed(ask) == {}


def test_a_disk_without_room_is_not_ready(url: str) -> None:
    (short,) = [check for check in readiness.checks(Settings(url), min_room=1 << 62) if not check.ok]

    assert short.name == "room"
    assert "bytes are free" in short.detail


def test_health_says_that_the_process_lives_whatever_the_database_does(
    tmp_path: Path, serving: Callable[..., Ask]
) -> None:
    status, headers, body = serving(Settings(f"sqlite:///{tmp_path}/none.db"))("/health")

    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body)["alive"] is True


def test_there_are_three_pages_to_be_read_and_no_more(url: str, serving: Callable[..., Ask]) -> None:
    ask = serving(Settings(url))

    assert ask("/")[0] == ask("/metrics/../etc/passwd")[0] == 404
    assert ask("/health", "POST")[0] == 405
    assert ask("/ready", "HEAD")[::2] == (200, b"")
