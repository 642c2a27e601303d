"""The events a hook can receive; see `botkit.model.events` for what each one means."""

from botkit.model.events import (
    CallEnded,
    CallOffered,
    CallTranscript,
    ConnectionChanged,
    ConnectionState,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
    Speaker,
)

__all__ = [
    "CallEnded",
    "CallOffered",
    "CallTranscript",
    "ConnectionChanged",
    "ConnectionState",
    "FormSubmitted",
    "MessageEdited",
    "MessageReceived",
    "PlatformEvent",
    "Speaker",
]
