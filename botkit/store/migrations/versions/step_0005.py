"""When an id came; PostgreSQL begins here."""

from __future__ import annotations

from botkit.store.migrations.applying import apply

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    apply(revision)
