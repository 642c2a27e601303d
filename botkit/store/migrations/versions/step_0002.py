"""The oldest effect of each key is marked."""

from __future__ import annotations

from botkit.store.migrations.applying import apply

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    apply(revision)
