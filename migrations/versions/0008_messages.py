"""Messages of all sessions as one list, computed from the log."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create(
        "message_list",
        ("session", "number"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("alike", NAME, nullable=False),
        sa.Column("intent", NAME),
        sa.Column("confidence", sa.Float()),
        sa.Column("ranked", sa.Text(), nullable=False),
        sa.Column("by_doubt", sa.Float(), nullable=False),
    )
    order = ["by_doubt", "session", "number"]
    op.create_index("message_list_by_doubt", "message_list", ["generation", *order])
    op.create_index("message_list_intent", "message_list", ["generation", "intent", *order])
    op.create_index("message_list_alike", "message_list", ["generation", "alike", *order])
    _create(
        "message_answer",
        ("annotator", "session", "number"),
        sa.Column("annotator", NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
    )
    op.create_index("message_answer_session", "message_answer", ["generation", "session"])


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
