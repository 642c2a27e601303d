"""What the bot is at work on: the ids that a line of its log belongs to.

They are context variables, so a task has those of whoever began it, and changes only its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

SESSION: ContextVar[str] = ContextVar("botkit_session")
CONVERSATION: ContextVar[str] = ContextVar("botkit_conversation")
CALL: ContextVar[str] = ContextVar("botkit_call")
EFFECT: ContextVar[str] = ContextVar("botkit_effect")
EVENT: ContextVar[str] = ContextVar("botkit_event")
"""The row of the inbox."""

LOG_CONTEXT: Mapping[str, ContextVar[str]] = MappingProxyType(
    {
        "session": SESSION,
        "conversation": CONVERSATION,
        "call": CALL,
        "effect": EFFECT,
        "event": EVENT,
    }
)
"""Under which names they are logged."""


def at_work_on() -> dict[str, str]:
    """Those that are set here and now."""
    return {name: value for name, variable in LOG_CONTEXT.items() if (value := variable.get(""))}


def at_work_on_nothing() -> None:
    """Unset them all here and now."""
    for variable in LOG_CONTEXT.values():
        variable.set("")


def work_on_key(key: str) -> None:
    """Set what the key of an inbox or outbox row tells: `session:ID`, `conversation:ID`, `call:ID`."""
    kind, _, name = key.partition(":")
    variable = _by_key.get(kind)
    if variable is not None:
        variable.set(name)


_by_key: Mapping[str, ContextVar[str]] = MappingProxyType(
    {"session": SESSION, "conversation": CONVERSATION, "call": CALL}
)
