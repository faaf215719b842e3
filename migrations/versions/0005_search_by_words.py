"""Search by words: FTS5 on SQLite, a GIN index of text search vectors on PostgreSQL.

The texts are dropped, because they are computed from the log again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# FTS5 keeps the words alone, not the text, and is told of each row that goes with the words that were in it.
# What is handed to it is words already: its tokenizer only has to split at spaces.
SQLITE = (
    """CREATE TABLE search_document (
        number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, session TEXT NOT NULL, UNIQUE (generation, session)
    )""",
    "CREATE VIRTUAL TABLE search_words USING fts5(words, content='', tokenize='ascii')",
    """CREATE TRIGGER search_add AFTER INSERT ON session_text BEGIN
        INSERT INTO search_document (generation, session) VALUES (NEW.generation, NEW.session);
        INSERT INTO search_words (rowid, words) VALUES (last_insert_rowid(), NEW.words);
    END""",
    """CREATE TRIGGER search_remove AFTER DELETE ON session_text BEGIN
        INSERT INTO search_words (search_words, rowid, words)
            SELECT 'delete', number, OLD.words FROM search_document
            WHERE generation = OLD.generation AND session = OLD.session;
        DELETE FROM search_document WHERE generation = OLD.generation AND session = OLD.session;
    END""",
)
POSTGRES = (
    "CREATE INDEX search_words ON session_text USING gin (array_to_tsvector(string_to_array(words, ' ')))",
)


def upgrade() -> None:
    connection = op.get_bind()
    partitions = _partitions(connection)
    op.drop_table("session_text")
    op.execute("DELETE FROM caught_up WHERE model = 'search'")
    op.create_table(
        "session_text",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session", NAME, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "session"),
        postgresql_partition_by="HASH (session)" if partitions else None,
    )
    for number in range(partitions):
        op.execute(
            f"CREATE TABLE session_text_{number:03} PARTITION OF session_text "
            f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
        )
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)


def _partitions(connection: sa.Connection) -> int:
    """Over how many tables the events are spread; 0: they are in one."""
    if connection.dialect.name == "sqlite":
        return 0
    count = sa.text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass")
    return int(connection.execute(count).scalar_one())
