"""What stands in a conversation, and what a bot posts into it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .forms import Form


class SentFile(Struct, frozen=True, kw_only=True):
    """A file that came with a message. Its bytes are still on the platform."""

    id: str
    name: str
    """As its sender wrote it."""
    content_type: str
    """As its sender says."""
    size: int
    """Bytes, as the platform says."""


class Item(Struct, frozen=True, kw_only=True):
    """One message in a conversation."""

    id: str
    conversation_id: str
    author_id: str
    text: str
    """Plain text, line breaks as newlines, mentions as `@Name`."""
    created_at: datetime
    thread_id: str = ""
    """Id of the thread's first item; the item's own id when it is that."""
    subject: str = ""
    mentions: tuple[str, ...] = ()
    """User ids."""
    form_id: str = ""
    """Id of the form in it, if any."""
    edited: bool = False
    attachments: tuple[SentFile, ...] = ()


class Reaction(StrEnum):
    """What a message may be answered with in place of words."""

    LIKE = "like"


class OutgoingMessage(Struct, frozen=True, kw_only=True):
    """A message on its way out; the connector dresses it for its platform."""

    conversation_id: str
    text: str
    """Plain text, line breaks as newlines. The connector escapes it."""
    thread_id: str = ""
    """Answer in this thread; empty = a new one."""
    subject: str = ""
    form: Form | None = None
    mentions: tuple[str, ...] = ()
    """User ids to mention, put before the text."""
