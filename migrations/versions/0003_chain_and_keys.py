"""A log to trust: streams by number, keys that can be thrown away, a chain over all rows, and its head.

The events that are there are copied as they are, in their order, and counted; they stay unencrypted.
On PostgreSQL the tables are hash partitioned where that was asked for. Autocommit is never used:
whatever happens on the way, the database is as it was.
"""

import os
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from recorder.errors import UpgradeRefused
from recorder.store.chain import FIRST, digest_of, leaf_of, link_of, notated

revision = "0003"
down_revision = "0002"

BATCH = 1_000
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

REFUSALS = {
    "events_keep_update": ("BEFORE UPDATE ON events", "events are only ever added"),
    "events_keep_delete": ("BEFORE DELETE ON events", "events are only ever added"),
    "streams_keep_delete": ("BEFORE DELETE ON streams", "streams are only ever added"),
    "streams_keep_update": ("BEFORE UPDATE ON streams", "a stream can only be forgotten"),
    "log_head_keep_delete": ("BEFORE DELETE ON log_head", "the log has one head"),
    "log_head_keep_update": ("BEFORE UPDATE ON log_head", "the log never grows shorter"),
}
WHEN = {
    "streams_keep_update": """NEW.name IS NOT NULL OR NEW.salt IS NOT NULL
        OR NEW.id <> OLD.id OR NEW.digest <> OLD.digest""",
    "log_head_keep_update": "NEW.id <> OLD.id OR NEW.position < OLD.position",
}
# INSERT OR REPLACE deletes without firing the trigger above.
KEEP_REPLACE = """CREATE TRIGGER events_keep_replace BEFORE INSERT ON events WHEN
    NEW.position <= (SELECT position FROM log_head)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END"""


# What the lists of sessions are sorted and looked up by.
NAMES = {
    "session_list": ("id", "source"),
    "session_label": ("kind", "name", "session"),
    "review_list": ("annotator", "session", "status"),
    "caught_up": ("model",),
}


def upgrade() -> None:
    before = _counted()
    _put_aside()
    partitions = int(context.config.attributes.get("partitions") or 0)
    _create(partitions)
    encrypted = bool(context.config.attributes.get("encrypted")) and before == 0
    position, link = _copy()
    if position != before:
        raise UpgradeRefused(f"{before} events were written, {position} are there")
    op.execute(
        sa.text("INSERT INTO log_head (id, encrypted, position, link) VALUES (1, :e, :p, :l)").bindparams(
            sa.bindparam("e", encrypted, sa.Boolean()), sa.bindparam("p", position), sa.bindparam("l", link)
        )
    )
    op.drop_table("events_0002")
    _protect(partitions)


def _counted() -> int:
    """How many events were written; refuses where a stream has lost one."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        op.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
    count = connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()
    if is_sqlite:  # it remembers the last position that it gave
        given = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        count = max(count, connection.execute(given).scalar() or 0)
    gaps = sa.text("SELECT stream FROM events GROUP BY stream HAVING count(*) <> max(version) + 1")
    if (stream := connection.execute(gaps).scalar()) is not None:
        raise UpgradeRefused(f"the events of {stream} are not numbered from 0 without gaps")
    return int(count)


def _put_aside() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("events_keep_update", "events_keep_delete", "events_keep_replace"):
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name in ("events_pkey", "events_id", "events_stream_version"):
            op.execute(f"ALTER TABLE events RENAME CONSTRAINT {name} TO {name}_0002")
        for table, columns in NAMES.items():
            for column in columns:
                op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE "C"')
    op.rename_table("events", "events_0002")


def _create(partitions: int) -> None:
    op.create_table(
        "streams",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", NAME),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="streams_pkey"),
        sa.UniqueConstraint("name", name="streams_name"),
    )
    op.create_table(
        "stream_keys",
        sa.Column("stream", NUMBER, autoincrement=False, nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="stream_keys_pkey"),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="log_head_pkey"),
    )
    # A partitioned table can hold unique only what the partition is chosen by.
    by_stream = ["stream"] if partitions else []
    op.create_table(
        "events",
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("stream", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", *by_stream, name="events_pkey"),
        sa.UniqueConstraint("stream", "version", name="events_stream_version"),
        sa.UniqueConstraint("id", *by_stream, name="events_id"),
        postgresql_partition_by="HASH (stream)" if partitions else None,
    )
    for number in range(partitions):
        op.execute(
            f"CREATE TABLE events_{number:03} PARTITION OF events "
            f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
        )


def _copy() -> tuple[int, bytes]:
    """The old events into the new table; returns how many there are, and the last link."""
    tables = sa.MetaData()
    connection = op.get_bind()
    events = sa.Table("events", tables, autoload_with=connection)
    streams = sa.Table("streams", tables, autoload_with=connection)
    old = sa.Table("events_0002", tables, autoload_with=connection)
    position, begun, link = 0, 0, FIRST
    page = sa.select(old).order_by(old.c.position).limit(BATCH)
    while rows := _read(connection, page.where(old.c.position > position)):
        among = streams.c.name.in_({row.stream for row in rows})
        known = connection.execute(sa.select(streams.c.name, streams.c.id).where(among))
        numbers: dict[str, int] = {name: number for name, number in known}
        new, made = [], []
        for row in rows:
            position += 1
            if row.position != position:
                raise UpgradeRefused(f"event {position} is missing")
            number, digest = numbers.get(row.stream), None
            if number is None:
                begun += 1
                number = numbers[row.stream] = begun
                salt = os.urandom(16)
                digest = digest_of(salt, row.stream)
                new.append({"id": number, "name": row.stream, "salt": salt, "digest": digest})
            made.append(_made(row, number, digest, link))
            link = made[-1]["link"]
        try:
            if new:
                connection.execute(sa.insert(streams), new)
            connection.execute(sa.insert(events), made)
        except sa.exc.IntegrityError as error:
            raise UpgradeRefused(f"one of the events up to {position} is there twice") from error
    return position, link


def _read(connection: sa.Connection, page: sa.Select[Any]) -> list[sa.Row[Any]]:
    try:
        return [*connection.execute(page)]
    except (ValueError, TypeError) as error:  # a time that is none
        raise UpgradeRefused("an event is damaged") from error


def _made(row: sa.Row[Any], number: int, digest: bytes | None, previous: bytes) -> dict[str, Any]:
    """A row of the new table."""
    if not isinstance(row.payload, str):
        raise UpgradeRefused(f"event {row.position} is damaged")
    occurred_at, recorded_at, payload = _in_utc(row.occurred_at), _in_utc(row.recorded_at), row.payload.encode()
    columns = (row.position, number, row.version, row.id, row.type, 1, notated(occurred_at), notated(recorded_at))
    return {
        "position": row.position,
        "stream": number,
        "version": row.version,
        "id": row.id,
        "type": row.type,
        "schema": 1,
        "occurred_at": occurred_at,
        "recorded_at": recorded_at,
        "actor": row.actor,
        "payload": payload,
        "link": link_of(previous, leaf_of(*columns, row.actor, payload, digest)),
    }


def _in_utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _protect(partitions: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(KEEP_REPLACE)
        for name, (when, message) in REFUSALS.items():
            condition = f"WHEN {WHEN[name]}" if name in WHEN else ""
            op.execute(f"CREATE TRIGGER {name} {when} {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    op.execute(
        "CREATE FUNCTION log_keep() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
    )
    for name, (when, message) in REFUSALS.items():
        condition = f"WHEN ({WHEN[name]})" if name in WHEN else ""
        op.execute(
            f"CREATE TRIGGER {name} {when} FOR EACH ROW {condition} EXECUTE FUNCTION log_keep('{message}')"
        )
    for table in ("events", "streams", "log_head", *(f"events_{number:03}" for number in range(partitions))):
        op.execute(
            f"CREATE TRIGGER {table}_keep_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_keep('the log is only ever added to')"
        )
