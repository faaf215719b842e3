"""What makes a session worth a look, for samples: how unsure it is, which paths it took."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create(
        "session_signal",
        ("session",),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("not_understood", sa.Integer(), nullable=False),
        sa.Column("disputed", sa.Integer(), nullable=False),
        sa.Column("adjudicated", sa.Integer(), nullable=False),
        sa.Column("ending", NAME, nullable=False),
        sa.Column("is_right", sa.Integer(), nullable=False),
    )
    _create(
        "session_path",
        ("kind", "path", "session"),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("path", NAME, nullable=False),
    )
    op.create_index("session_path_session", "session_path", ["generation", "session"])


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
