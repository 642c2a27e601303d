"""What every step of the chain does."""

from __future__ import annotations

from alembic import op

from botkit.store import schema
from botkit.store.migrations import statements


def apply(revision: str) -> None:
    """Run the step's SQL for this database; some concern one of them only."""
    connection = op.get_bind()
    for version, sql in schema.steps(connection.dialect.name):
        if version == int(revision):
            for statement in statements(sql):
                connection.exec_driver_sql(statement)
