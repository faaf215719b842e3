"""Read models: what lists of sessions show, computed from the log and computed again at any time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "session_list",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("source", "ended", "messages", "confidence"):
        op.create_index(f"ix_session_list_{column}", "session_list", [column])
    op.create_table(
        "session_label",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "session"),
    )
    op.create_index("ix_session_label_session", "session_label", ["session"])
    op.create_table(
        "review_list",
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("annotator", "session"),
    )
    op.create_index("ix_review_list_session", "review_list", ["session"])
    op.create_table(
        "caught_up",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model"),
    )
