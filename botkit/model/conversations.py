"""Where people talk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConversationKind(StrEnum):
    """How many people a conversation is for."""

    DIRECT = "direct"
    """Two people."""
    GROUP = "group"
    """Invited people."""
    OPEN = "open"
    """Anybody of the tenant may join (Circuit: a community)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A place with members and items."""

    id: str
    kind: ConversationKind
    topic: str = ""
    members: tuple[str, ...] = ()
    """User ids."""
