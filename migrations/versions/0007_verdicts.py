"""The lists say what there is to adjudicate, who gave which label, and how fast it was said.

What is new is empty in the rows that are there: the next generation of the lists fills it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("step_list", sa.Column("task", NAME))
    op.add_column("step_list", sa.Column("given", sa.Text()))
    op.add_column("review_list", sa.Column("quick", sa.Integer()))
    op.add_column("review_list", sa.Column("quick_otherwise", sa.Integer()))
    _index("step_list_task", "step_list", ["task", "share", "session", "number"], "task IS NOT NULL")
    _index("step_list_shared", "step_list", ["session", "number"], "pairs > 0")
    _index("review_list_quick", "review_list", ["quick", "annotator", "session"], "quick > 0")


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    """Of those rows only, within a generation."""
    where = sa.text(condition)
    op.create_index(name, table, ["generation", *columns], sqlite_where=where, postgresql_where=where)
