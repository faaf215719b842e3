"""Creates and upgrades the database: Alembic, run in process, on the migrations that came with us."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from recorder.errors import DatabaseOutOfDate
from recorder.packaged import packaged
from recorder.store.database import database_file, open_database, revision, translated
from recorder.store.tables import REVISION


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What `upgrade` did to a database."""

    database: str
    before: str | None
    """Its schema until then; None: it was new."""
    after: str


def upgrade(url: str, to: str = REVISION) -> Upgrade:
    """Create the database that an SQLAlchemy URL names, or bring it to the schema of this program.

    All or nothing, and safe to repeat. `to` is an older schema, for tests of upgrades.

    Raises:
        DatabaseUnusable: it cannot be written, or belongs to another program.
        DatabaseOutOfDate: it is newer than this program.
    """
    file = database_file(url)
    engine = open_database(file, create=True)
    try:
        with translated(str(file)):
            before = _upgrade(engine, str(file), to)
    finally:
        engine.dispose()
    return Upgrade(str(file), before, to)


def _upgrade(engine: Engine, name: str, to: str) -> str | None:
    with engine.connect() as connection:
        before = _present(connection, name)
    if before == to:
        return before
    _write_ahead(engine)
    with engine.execution_options(writes=True).begin() as connection:
        before = _present(connection, name)  # somebody else may have come first
        command.upgrade(_config(connection), to)
    return before


def _write_ahead(engine: Engine) -> None:
    """Readers and the writer do not wait for each other; the file remembers. Not in a transaction."""
    connection = engine.raw_connection()
    connection.cursor().execute("PRAGMA journal_mode=WAL")
    connection.close()


def _present(connection: Connection, name: str) -> str | None:
    """The schema found; raises DatabaseOutOfDate where it is newer than this program."""
    found = revision(connection, name)
    if found is not None and found > REVISION:
        raise DatabaseOutOfDate(name, found, REVISION)
    return found


def current(url: str) -> str | None:
    """The schema that the database has; None: it has none yet. Raises DatabaseUnusable."""
    file = database_file(url)
    engine = open_database(file)
    try:
        with translated(str(file)), engine.connect() as connection:
            return revision(connection, str(file))
    finally:
        engine.dispose()


def head() -> str | None:
    """The latest of the migrations that came with this program."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def draft(url: str, message: str) -> None:
    """For developers: write the next migration from what tables.py has and the database at `url` lacks."""
    with open_database(database_file(url)).connect() as connection:
        number = f"{int(REVISION) + 1:04}"
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(packaged("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
