"""A phone call as a platform tells of it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from .users import User


class CallCause(StrEnum):
    """Why a call ended."""

    HANGUP = "hangup"
    """The other side hung up."""
    CANCELLED = "cancelled"
    """The caller gave up while it rang."""
    ENDED = "ended"
    """The bot ended it."""
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    FAILED = "failed"
    """Signalling or media could not be set up."""
    MEDIA_LOST = "media_lost"
    """No packet came for too long."""
    CALL_LOST = "call_lost"
    """The process that held the call died."""


class DeclineCause(StrEnum):
    """How the bot refuses a call."""

    REJECTED = "rejected"
    BUSY = "busy"


class Call(Struct, frozen=True, kw_only=True):
    """One call. The id names this call alone, also where a platform re-uses ids."""

    id: str
    conversation_id: str
    caller: User
