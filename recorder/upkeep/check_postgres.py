"""Is the server sound on which the log is, and what may we do there?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recorder.store.database import Database
from recorder.upkeep.check_log import missing
from recorder.upkeep.findings import Finding, fail, fine, size, warn

TRIGGERS: Final = (
    "events_keep_delete",
    "events_keep_truncate",
    "events_keep_update",
    "log_head_keep_delete",
    "log_head_keep_truncate",
    "log_head_keep_update",
    "streams_keep_delete",
    "streams_keep_truncate",
    "streams_keep_update",
)
_ABOUT: Final = """SELECT current_setting('server_version'), pg_database_size(current_database()),
    current_setting('server_encoding'), pg_is_in_recovery(),
    current_setting('default_transaction_read_only')"""
_SETTINGS: Final = "SELECT name, setting FROM pg_settings WHERE name IN ({})"
_RIGHTS: Final = """SELECT current_user::text, bool_and(has_table_privilege(wanted.name, wanted.privilege))
    FROM (VALUES ('events', 'INSERT'), ('events', 'SELECT'), ('streams', 'INSERT'), ('stream_keys', 'INSERT'),
                 ('log_head', 'UPDATE')) AS wanted (name, privilege)"""
_EXCESS: Final = """SELECT rolsuper OR pg_has_role(relowner, 'USAGE') FROM pg_roles, pg_class
    WHERE rolname = current_user AND pg_class.oid = 'events'::regclass"""
_TRIGGERS: Final = """SELECT tgname::text, tgenabled::text FROM pg_trigger
    WHERE NOT tgisinternal AND position('_keep_' IN tgname) > 0 AND pg_table_is_visible(tgrelid)"""
_RISKS: Final = {
    "fsync": "After a loss of power the database may be ruined.",
    "full_page_writes": "After a loss of power the database may be ruined.",
    "synchronous_commit": "The last events that were acknowledged may be lost with the power.",
}


def check_server(database: Database) -> Iterator[Finding]:
    version, bytes_, encoding, replica, read_only = database.read([(_ABOUT, {})])[0][0]
    yield fine("database", f"PostgreSQL {version}, {size(bytes_)}, {encoding}.")
    if encoding != "UTF8":
        yield fail(
            "encoding", f"It is {encoding}.", "Make a database WITH ENCODING 'UTF8', and `recorder copy`."
        )
    if replica or read_only == "on":
        yield fail("rights", "It is read-only.", "Name the primary server, not a replica.")
    names = ", ".join(f"'{name}'" for name in _RISKS)
    for name, setting in database.read([(_SETTINGS.format(names), {})])[0]:
        if setting == "off":
            yield warn(name, f"{name} is off. {_RISKS[name]}", f"ALTER SYSTEM SET {name} = on")


def check_rights(database: Database) -> Iterator[Finding]:
    ((role, may),), ((all_,),) = database.read([(_RIGHTS, {}), (_EXCESS, {})])
    if not may:
        yield fail("rights", f"{role} cannot append.", "See migrations/roles.sql for the rights it needs.")
    elif all_:
        says = f"{role} can append, and owns the log: it could take the triggers away."
        yield warn("rights", says, "Let the application be a role of its own: migrations/roles.sql.")
    else:
        yield fine("rights", f"{role} can append, and owns nothing.")


def check_triggers(database: Database) -> Iterator[Finding]:
    yield from missing(TRIGGERS, database.read([(_TRIGGERS, {})])[0], ("O", "A"))
