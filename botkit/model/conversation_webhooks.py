"""The platform's own webhooks: addresses that post what they are sent into a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WebhookAction(StrEnum):
    """What can be done with one."""

    CREATE = "create"
    SUSPEND = "suspend"
    """It refuses what it is sent, until it is resumed."""
    RESUME = "resume"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationWebhook:
    """One of them."""

    id: str
    conversation_id: str
    name: str
    """May be empty, and another one's too."""
    url: str
    """Whoever knows it can post: hand it to nobody else. Empty when the platform does not tell."""
    enabled: bool = True
    description: str = ""
    created_at: datetime | None = None
