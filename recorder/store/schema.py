"""Creates and upgrades the database: Alembic, run in process, on the migrations that came with us."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from recorder.errors import DatabaseOutOfDate, DatabaseUnusable
from recorder.packaged import packaged
from recorder.store.database import open_database, revision, translated
from recorder.store.drafts import sweep
from recorder.store.key_source import KeySource
from recorder.store.tables import REVISION


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What `upgrade` did to a database."""

    database: str
    before: str | None
    """Its schema until then; None: it was new."""
    after: str
    key_file: Path | None = None
    """Where the master key of a new log lies."""
    removed: tuple[Path, ...] = ()
    """What runs had left beside the key that were cut short."""


def upgrade(
    url: str,
    to: str = REVISION,
    *,
    keys: KeySource | None = None,
    encrypted: bool = True,
    partitions: int = 0,
) -> Upgrade:
    """Create the database that an SQLAlchemy URL names, or bring it to the schema of this program.

    All or nothing, and safe to repeat. A log that holds events stays as it is, encrypted or not.

    Args:
        to: an older schema, for tests of upgrades.
        keys: where the master key is, or is to be made; None: beside the database file.
        encrypted: whether a new log encrypts what can be forgotten.
        partitions: how many tables PostgreSQL spreads the events of a new log over.

    Raises:
        DatabaseUnusable: it cannot be written, or belongs to another program.
        DatabaseOutOfDate: it is newer than this program.
        UpgradeRefused: something of it would be lost.
        KeyUnusable: a new log is to be encrypted, and there is no master key.
    """
    database = open_database(url, create=True)
    try:
        with translated(database.name), database.engine.connect() as connection:
            before = _present(connection, database.name)
        source = (keys or KeySource()).or_beside(url)
        removed = tuple(sweep(source.file.parent)) if source.file else ()
        if before == to:
            return Upgrade(database.name, before, to, removed=removed)
        if before is None and encrypted:
            source.make()
        config = {"encrypted": encrypted and before is None, "partitions": partitions}
        with database.migrating() as connection:
            before = _present(connection, database.name)  # somebody else may have come first
            command.upgrade(_config(connection, **config), to)
    finally:
        database.close()
    return Upgrade(database.name, before, to, source.file if config["encrypted"] else None, removed)


def _present(connection: Connection, name: str) -> str | None:
    """The schema found; raises DatabaseOutOfDate where it is newer, DatabaseUnusable where it never was."""
    found = revision(connection, name)
    if found is not None and found > REVISION:
        raise DatabaseOutOfDate(name, found, REVISION)
    if found is not None and found not in _known():
        raise DatabaseUnusable(name, f"no version of this program made schema {found}", "Restore a backup.")
    return found


def current(url: str) -> str | None:
    """The schema that the database has; None: it has none yet. Raises DatabaseUnusable."""
    database = open_database(url)
    try:
        with translated(database.name), database.engine.connect() as connection:
            return revision(connection, database.name)
    finally:
        database.close()


@cache
def _known() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def head() -> str | None:
    """The latest of the migrations that came with this program."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def draft(url: str, message: str) -> None:
    """For developers: write the next migration from what tables.py has and the database at `url` lacks."""
    with open_database(url).engine.connect() as connection:
        number = f"{int(REVISION) + 1:04}"
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection | None = None, **attributes: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(packaged("migrations")).replace("%", "%%"))
    config.attributes.update(attributes, connection=connection)
    return config
