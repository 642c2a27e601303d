"""Inbox, sessions, journal, outbox."""

from __future__ import annotations

from botkit.store.migrations.applying import apply

revision = "0001"
down_revision = None


def upgrade() -> None:
    apply(revision)
