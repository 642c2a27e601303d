"""The upgrade of a SQLite file."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from botkit.ports.store import StoreError
from botkit.store import migrations


def upgrade(path: str, found: int) -> None:
    """From version `found`, above 0, to the current one. Raises `StoreError`; then the steps before the one
    that failed are kept."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            # The truth is `user_version`; Alembic's own table is for this connection alone.
            connection.exec_driver_sql("CREATE TEMP TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (f"{found:04}",))
            connection.commit()
            migrations.run(connection)
    except SQLAlchemyError as error:
        raise StoreError(
            f"the database could not be upgraded: {getattr(error, 'orig', None) or error}.",
            where=path,
            remedy="It is as it was before the step that failed. Free disk space, or restore the back-up.",
        ) from error
    finally:
        engine.dispose()


def _leave_transactions_to_us(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
