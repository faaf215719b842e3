"""A PostgreSQL server of the tests' own, and new databases on it.

The server is started from the installed binaries in a temporary folder, listens on a socket there,
and goes with the tests. As root it runs as the user `postgres`, because it refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from recorder.store.key_source import KeySource
from recorder.store.schema import upgrade

KEYS = KeySource(value="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
"""The master key of the tests."""

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "wal_recycle": "off",  # what is no longer needed is deleted, not kept for later
    "max_wal_size": "64MB",
    "log_min_messages": "fatal",
}


@dataclass
class Cluster:
    """One server; `folder` holds its data and its socket."""

    folder: Path
    binaries: Path

    @classmethod
    def make(cls, folder: Path) -> Cluster:
        cluster = cls(folder, binaries())
        if os.geteuid() == 0:
            os.chown(folder, *_user())
        cluster._run("initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (cluster.data / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())
            settings.write(f"unix_socket_directories = '{folder}'\n")
        return cluster

    def replica(self, folder: Path) -> Cluster:
        """A server that follows this one, not started yet."""
        made = Cluster(folder, self.binaries)
        if os.geteuid() == 0:
            os.chown(folder, *_user())
        program = (
            (self.binaries / "initdb").resolve().with_name("pg_basebackup")
        )  # not linked like the others
        self._run(str(program), "-D", made.data, "-h", self.folder, "-U", "postgres", "-R", "-c", "fast")
        with (made.data / "postgresql.conf").open("a") as settings:
            settings.write(f"unix_socket_directories = '{folder}'\n")
        return made

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast`, or `immediate` as if the power had gone."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def kill_backend(self, pid: int) -> None:
        """kill -9: the server ends all others too and recovers."""
        os.kill(pid, signal.SIGKILL)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Waits while the server recovers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return psycopg.connect(
                    host=str(self.folder), user="postgres", dbname=database, autocommit=True
                )
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [str(self.binaries / program), *map(str, arguments)]
        user, group = _user() if os.geteuid() == 0 else (None, None)
        done = subprocess.run(
            command,
            cwd=self.folder,
            user=user,
            group=group,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}"


def binaries() -> Path:
    """Where `initdb` is; skips the test where there is none."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    for folder in [*([Path(found).parent] if found else []), *reversed(folders)]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.skip("no PostgreSQL is installed: there is no initdb")


def _user() -> tuple[int, int]:
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running server, one for each worker."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        made = Cluster.make(Path(folder))
        made.start()
        yield made
        made.stop("immediate")


@dataclass
class Databases:
    """Makes databases on a server, and drops them."""

    cluster: Cluster
    numbers: Iterator[int]

    @contextmanager
    def new(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of `template`."""
        name = f"test_{next(self.numbers)}"
        with self.cluster.connect() as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.cluster.url(name)
        finally:
            with self.cluster.connect() as server:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Databases:
    return Databases(cluster, count(1))


@pytest.fixture(scope="session")
def migrated_template(cluster: Cluster) -> str:
    """Name of a database with our schema and an encrypted, empty log (under `KEYS`)."""
    with cluster.connect() as server:
        server.execute("CREATE DATABASE migrated")
    upgrade(cluster.url("migrated"), keys=KEYS)
    return "migrated"


@pytest.fixture
def empty_postgres_url(databases: Databases) -> Iterator[str]:
    """A new database without any table."""
    with databases.new() as url:
        yield url


@pytest.fixture
def postgres_url(databases: Databases, migrated_template: str) -> Iterator[str]:
    """A new database with an empty log, encrypted under `KEYS`."""
    with databases.new(migrated_template) as url:
        yield url
