"""Runs the migrations on the connection that `store.database` hands over."""

from alembic import context

from store.migrations import modelled, modelled_object
from store.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    compare_server_default=True,
    include_name=modelled,
    include_object=modelled_object,
)
with context.begin_transaction():
    context.run_migrations()
