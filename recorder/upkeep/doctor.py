"""Looks at everything that can be broken, and says what to do; nothing broken keeps it from the rest."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from recorder.errors import DatabaseOutOfDate, RecorderError
from recorder.store.database import Database, database_file, open_database, revision, translated
from recorder.store.key_source import KeySource
from recorder.store.tables import REVISION
from recorder.upkeep import check_postgres, check_sqlite
from recorder.upkeep.check_files import check_export, check_leftovers, check_models
from recorder.upkeep.check_log import check_head, check_keys, check_newest, check_read_models
from recorder.upkeep.findings import Finding, fail, fine, guarded


def examine(
    url: str,
    keys: KeySource | None,
    models: Path,
    exports: Sequence[Path] = (),
    *,
    newest: int = 1_000,
    fix: bool = False,
) -> Iterator[Finding]:
    """Findings, as they are made; never raises.

    Args:
        keys: where the master key is; None: that is not known.
        exports: folders of exports.
        newest: how many events are held against the chain.
        fix: mend what is safe to mend: remove what was left half written, take over the WAL, close the
            key file to others.
    """
    yield from guarded("database", _database(url, keys, newest, fix=fix))
    yield from guarded("models", check_models(models, fix=fix))
    for folder in exports:
        yield from guarded("export", check_export(folder, fix=fix))


def _database(url: str, keys: KeySource | None, newest: int, *, fix: bool) -> Iterator[Finding]:
    file = database_file(url)
    if file is not None and file.parent.is_dir():
        yield from guarded("disk", check_sqlite.check_disk(file))
        yield from guarded("leftovers", check_leftovers(file.parent, fix=fix))
    with closing(open_database(url)) as database:
        yield from _kind(database, file, fix=fix)
        if (yield from _schema(database)):
            yield from _log(database, keys and keys.or_beside(url), newest, fix=fix)


def _kind(database: Database, file: Path | None, *, fix: bool) -> Iterator[Finding]:
    if file is None:
        yield from check_postgres.check_server(database)
        return
    yield from check_sqlite.check_file(database, file)
    yield from guarded("pages", check_sqlite.check_pages(database, file))
    yield from guarded("rights", check_sqlite.check_writable(database))
    yield from guarded("wal", check_sqlite.check_wal(database, file, fix=fix))


def _schema(database: Database) -> Generator[Finding, None, bool]:
    """Returns whether it is the one that this program needs."""
    try:
        with translated(database.name), database.engine.connect() as connection:
            found = revision(connection, database.name)
        if found != REVISION:
            raise DatabaseOutOfDate(database.name, found, REVISION)
    except RecorderError as error:
        yield fail("schema", str(error))
        return False
    yield fine("schema", f"{found}, as this program needs it.")
    return True


def _log(database: Database, keys: KeySource | None, newest: int, *, fix: bool) -> Iterator[Finding]:
    if database.dialect.name == "postgresql":
        yield from guarded("rights", check_postgres.check_rights(database))
        yield from guarded("triggers", check_postgres.check_triggers(database))
    else:
        yield from guarded("triggers", check_sqlite.check_triggers(database))
    yield from guarded("head", check_head(database))
    yield from guarded("chain", check_newest(database, newest))
    if keys is not None:
        yield from guarded("keys", check_keys(database, keys, fix=fix))
    yield from guarded("read models", check_read_models(database))
