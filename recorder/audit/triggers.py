"""The triggers that keep the log from being changed: which there must be, and which are there.

A test holds them against freshly migrated databases of both kinds.
"""

from __future__ import annotations

from typing import Final

from recorder.audit.stored_rows import StoredRows

_REFUSALS: Final = {
    "events_keep_update": ("UPDATE", "events", "", "events are only ever added"),
    "events_keep_delete": ("DELETE", "events", "", "events are only ever added"),
    "streams_keep_delete": ("DELETE", "streams", "", "streams are only ever added"),
    "streams_keep_update": (
        "UPDATE",
        "streams",
        "NEW.name IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.id <> OLD.id OR NEW.digest <> OLD.digest",
        "a stream can only be forgotten",
    ),
    "log_head_keep_delete": ("DELETE", "log_head", "", "the log has one head"),
    "log_head_keep_update": (
        "UPDATE",
        "log_head",
        "NEW.id <> OLD.id OR NEW.position < OLD.position",
        "the log never grows shorter",
    ),
}
"""Name -> what it refuses, where, when, and what it says."""
_KEEP_REPLACE: Final = """CREATE TRIGGER events_keep_replace BEFORE INSERT ON events WHEN
    NEW.position <= (SELECT position FROM log_head)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END"""
_SQLITE: Final = """SELECT name, sql FROM sqlite_master WHERE type = 'trigger'
    AND tbl_name <> 'session_text'"""  # of which FTS5 is told: no part of the log
_POSTGRES: Final = """SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid, true) || p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"""
_PARTITIONS: Final = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass"""
_FUNCTION: Final = "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END"


def missing(rows: StoredRows) -> list[str]:
    """Names of the triggers that are not there as they should be, or do not fire. Raises Unreadable."""
    there = found(rows)
    return [name for name, definition in wanted(rows).items() if there.get(name) != definition]


def found(rows: StoredRows) -> dict[str, str]:
    """Name (on a server: `table.name`) -> definition, of all triggers that fire."""
    if rows.database.dialect.name == "sqlite":
        return {name: _spaced(definition) for name, definition in rows.ask((_SQLITE, {}))[0]}
    return {name: _plain(definition) for name, definition in rows.ask((_POSTGRES, {}))[0]}


def wanted(rows: StoredRows) -> dict[str, str]:
    """Those that there must be, as `found` has them."""
    if rows.database.dialect.name == "sqlite":
        made = {"events_keep_replace": _KEEP_REPLACE}
        for name, (operation, table, when, message) in _REFUSALS.items():
            refuses = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            made[name] = _definition(name, operation, table, "", when, refuses)
        return {name: _spaced(text) for name, text in made.items()}
    parts = [row[0] for row in rows.ask((_PARTITIONS, {}))[0]]
    made = {}
    for name, (operation, table, when, message) in _REFUSALS.items():
        for each in (table, *(parts if table == "events" else ())):
            made[f"{each}.{name}"] = _on_server(name, operation, each, "ROW", when, message)
    for table in ("events", "streams", "log_head", *parts):
        name, message = f"{table}_keep_truncate", "the log is only ever added to"
        made[f"{table}.{name}"] = _on_server(name, "TRUNCATE", table, "STATEMENT", "", message)
    return {name: _plain(text + _FUNCTION) for name, text in made.items()}


def _on_server(name: str, operation: str, table: str, each: str, when: str, message: str) -> str:
    refuses = f"EXECUTE FUNCTION log_keep('{message}')"
    return _definition(name, operation, table, f"FOR EACH {each}", when, refuses)


def _definition(name: str, operation: str, table: str, each: str, when: str, refuses: str) -> str:
    condition = f"WHEN {when}" if when else ""
    return f"CREATE TRIGGER {name} BEFORE {operation} ON {table} {each} {condition} {refuses}"


def _spaced(definition: str) -> str:
    return " ".join(definition.split())


def _plain(definition: str) -> str:
    """Without what servers write differently: white space, parentheses, quotation marks, capitals."""
    return "".join(definition.translate(dict.fromkeys(map(ord, '()"'), " ")).lower().split())
