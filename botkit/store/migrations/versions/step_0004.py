"""Tries, rest, dead letters, notes."""

from __future__ import annotations

from botkit.store.migrations.applying import apply

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    apply(revision)
