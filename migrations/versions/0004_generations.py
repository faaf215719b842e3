"""Read models in generations: a new one is built beside the one that is served, then takes its place.

What the read models held is dropped with their tables, because it is computed from the log again. On
PostgreSQL they are partitioned by session where the events are partitioned.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for table in ("session_list", "session_label", "review_list", "caught_up"):
        op.drop_table(table)
    op.create_table(
        "caught_up",
        sa.Column("model", NAME, nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("built", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("model", "generation"),
    )
    op.create_table(
        "counter",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("about", NAME, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "name", "about"),
    )
    _create(
        "session_list",
        ("session",),
        sa.Column("source", NAME, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime()),
        sa.Column("ended", sa.DateTime()),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("episodes", sa.Integer(), nullable=False),
        sa.Column("intent_confidence", sa.Float()),
        sa.Column("action_confidence", sa.Float()),
        sa.Column("confidence", sa.Float()),
        sa.Column("doubtful", sa.Text()),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("by_doubt", sa.Float(), nullable=False),
        sa.Column("by_newest", sa.Float(), nullable=False),
        sa.Column("by_oldest", sa.Float(), nullable=False),
        sa.Column("by_length", sa.Integer(), nullable=False),
    )
    for column in ("source", "by_doubt", "by_newest", "by_oldest", "by_length"):
        op.create_index(f"session_list_{column}", "session_list", ["generation", column, "session"])
    _create(
        "session_label",
        ("kind", "name", "session"),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
    )
    op.create_index("session_label_session", "session_label", ["generation", "session"])
    _create(
        "review_list",
        ("annotator", "session"),
        sa.Column("annotator", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
    )
    op.create_index("review_list_session", "review_list", ["generation", "session"])
    _create("session_text", ("session",), sa.Column("text", sa.Text(), nullable=False))
    _create(
        "step_list",
        ("session", "number"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("predicted", sa.Text()),
        sa.Column("chosen", sa.Text()),
        sa.Column("confidence", sa.Float()),
        sa.Column("status", NAME, nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float()),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("agreeing", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
    )
    op.create_index("step_list_status", "step_list", ["generation", "status", "share", "session", "number"])
    _create("session_tally", ("session",), sa.Column("counts", sa.Text(), nullable=False))


def _create(table: str, key: tuple[str, ...], *columns: sa.Column) -> None:  # type: ignore[type-arg]
    """A table of rows that belong to a generation and a session."""
    partitions = _partitions()
    op.create_table(
        table,
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session", NAME, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("generation", *key),
        postgresql_partition_by="HASH (session)" if partitions else None,
    )
    for number in range(partitions):
        op.execute(
            f"CREATE TABLE {table}_{number:03} PARTITION OF {table} "
            f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
        )


def _partitions() -> int:
    """Over how many tables the events are spread; 0: they are in one."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return 0
    count = sa.text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass")
    return int(connection.execute(count).scalar_one())
