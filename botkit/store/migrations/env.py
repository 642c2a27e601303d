"""Run by Alembic, on the connection that `migrations.run` was given."""

from __future__ import annotations

from alembic import context
from alembic.runtime.migration import MigrationInfo

connection = context.config.attributes["connection"]


def note_version(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:
    """SQLite's own place for a version is where a botkit looks that opens the file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {int(str(step.up_revision_id))}")


context.configure(
    connection=connection,
    transactional_ddl=True,
    transaction_per_migration=True,
    on_version_apply=note_version,
)
with context.begin_transaction():
    context.run_migrations()
