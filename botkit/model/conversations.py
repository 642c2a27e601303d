"""Where people talk."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ConversationKind(StrEnum):
    """How many people a conversation is for."""

    DIRECT = "direct"
    """Two people."""
    GROUP = "group"
    """Invited people."""
    OPEN = "open"
    """Anybody of the tenant may join (Circuit: a community)."""


class Conversation(Struct, frozen=True, kw_only=True):
    """A place with members and items."""

    id: str
    kind: ConversationKind
    topic: str = ""
    members: tuple[str, ...] = ()
    """User ids."""
