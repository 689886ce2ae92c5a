"""Runs migrations over the connection that `storage.migrate` hands in."""

from alembic import context

from storage.schema import is_compared, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_compared,
    compare_type=True,
)

with context.begin_transaction():
    context.run_migrations()
