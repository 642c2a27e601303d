"""The events a hook can receive; see `botkit.model.events` for what each one means."""

from botkit.model.events import (
    CallEnded,
    CallOffered,
    ConnectionChanged,
    ConnectionState,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
)

__all__ = [
    "CallEnded",
    "CallOffered",
    "ConnectionChanged",
    "ConnectionState",
    "FormSubmitted",
    "MessageEdited",
    "MessageReceived",
    "PlatformEvent",
]
