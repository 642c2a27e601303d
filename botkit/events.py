"""The events a hook can receive; see `botkit.model.events` for what each one means."""

from botkit.model.events import (
    CallEnded,
    CallMissed,
    CallOffered,
    CallTranscript,
    ConnectionChanged,
    ConnectionState,
    ConversationJoined,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
    ScheduleDue,
    Speaker,
    WebhookReceived,
)

__all__ = [
    "CallEnded",
    "CallMissed",
    "CallOffered",
    "CallTranscript",
    "ConnectionChanged",
    "ConnectionState",
    "ConversationJoined",
    "FormSubmitted",
    "MessageEdited",
    "MessageReceived",
    "PlatformEvent",
    "ScheduleDue",
    "Speaker",
    "WebhookReceived",
]
