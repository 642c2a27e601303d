"""The versions of flows that open sessions run on."""

from __future__ import annotations

from botkit.store.migrations.applying import apply

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    apply(revision)
