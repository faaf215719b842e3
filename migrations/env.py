"""Runs migrations on the connection that the program hands over, inside the program's transaction."""

from alembic import context

from recorder.read_models.tables import CaughtUpRow
from recorder.store.tables import is_compared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=CaughtUpRow.metadata,  # the log's tables are in it as well
    include_object=is_compared,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
