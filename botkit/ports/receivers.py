"""Who gets the webhooks that a bot sends."""

from __future__ import annotations

from dataclasses import dataclass

from botkit.model.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One of bot.yaml's `receivers:`."""

    url: str
    """It may be a secret itself: it stands in no log and no journal."""
    secrets: tuple[Secret, ...]
    """`whsec_` each, checked; while they are changed both the new one and the old one sign."""
