"""Runs migrations on the connection that the program hands over, inside the program's transaction."""

from alembic import context

from recorder.store.tables import EventRow, is_compared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=EventRow.metadata,
    include_object=is_compared,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
