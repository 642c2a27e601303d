"""How a database of an older botkit becomes one of this: Alembic, on one chain of steps for both databases.

What a step does is plain SQL, a file for each database that it concerns, so that a new database is made of
the same files without Alembic. Only a real upgrade imports this, Alembic and SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from botkit.store import schema

_FOLDER = Path(__file__).parent


def run(connection: Connection) -> None:
    """All steps that the database lacks, each in a transaction; its version is in `alembic_version`."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, f"{schema.VERSION:04}")


def statements(sql: str) -> list[str]:
    """Of one file: a driver takes one at a time."""
    lines = (line for line in sql.splitlines() if not line.startswith("--"))
    return [each.strip() for each in "\n".join(lines).split(";\n") if each.strip(" ;\n")]
