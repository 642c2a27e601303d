"""What happens on a platform, as facts: one frozen struct each.

A connector makes them, hooks and flows react to them, the inbox keeps them (they round-trip through
JSON, see `botkit.model.codec`). Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .calls import Call, CallCause
from .conversations import Conversation
from .items import Item
from .users import User


class Event(Struct, frozen=True, kw_only=True):
    """The part all events share."""

    event_id: str
    """Deterministic where the platform allows it (`item:ID`), so a second delivery is recognised."""
    at: datetime
    """When it happened, by the platform's clock where it tells."""


class MessageReceived(Event, frozen=True, kw_only=True):
    """Somebody posted a message (hooks `mention`, `item_added`). The bot's own never come."""

    conversation: Conversation
    author: User
    item: Item
    text: str
    """What was said, plain, without a leading mention of the bot."""
    mentioned: bool = False
    """The bot itself is mentioned in it."""


class MessageEdited(Event, frozen=True, kw_only=True):
    """Somebody changed a message (hook `item_updated`)."""

    conversation: Conversation
    author: User
    item: Item


class FormSubmitted(Event, frozen=True, kw_only=True):
    """Somebody pressed the button of a form the bot posted (hook `form_submission`)."""

    submitter: User
    item_id: str
    """The item that holds the form."""
    form_id: str
    values: Mapping[str, str] = {}
    """Control name -> value."""


class ConversationJoined(Event, frozen=True, kw_only=True):
    """Somebody began a conversation with the bot, or brought it into one (hook `conversation_joined`)."""

    conversation: Conversation
    by: User


class CallOffered(Event, frozen=True, kw_only=True):
    """Somebody calls the bot (hook `call_incoming`)."""

    call: Call
    offer: str
    """The caller's SDP."""


class CallMissed(Event, frozen=True, kw_only=True):
    """Somebody called while the bot had no link, and gave up (hook `call_missed`). One that rang with the
    link up is a `CallOffered` and a `CallEnded`."""

    conversation: Conversation
    caller: User
    cause: str = ""
    """Why it was not taken, in the platform's word."""


class CallCandidates(Event, frozen=True, kw_only=True):
    """ICE candidates of the caller, trickled after the offer. Goes to the leg, not to hooks."""

    call_id: str
    candidates: tuple[tuple[str, str, int], ...]
    """(candidate line, sdpMid, sdpMLineIndex) each."""


class CallAnswered(Event, frozen=True, kw_only=True):
    """A call that the bot made was picked up. Goes to the leg, not to hooks."""

    call_id: str
    answer: str
    """The other side's SDP."""


class CallChangeOffered(Event, frozen=True, kw_only=True):
    """The other side of a call that goes on offers something else: to hold it, another codec, another
    connection. Goes to the leg, not to hooks."""

    call_id: str
    change_id: str
    """Names this offer in the answer to it."""
    offer: str
    """The other side's SDP."""


class CallEnded(Event, frozen=True, kw_only=True):
    """A call is over (hook `call_ended`)."""

    call_id: str
    cause: CallCause


class Speaker(StrEnum):
    """Who says something on a call."""

    BOT = "bot"
    PERSON = "person"


class CallTranscript(Event, frozen=True, kw_only=True):
    """Something was said, or keyed in, on a call (hook `call_transcript`). Told as it happens, not kept."""

    call_id: str
    person_id: str
    """User id of whom the bot talks with."""
    speaker: Speaker
    text: str


class ConnectionState(StrEnum):
    """How the bot stands to its platform."""

    CONNECTING = "connecting"
    READY = "ready"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class ConnectionChanged(Event, frozen=True, kw_only=True):
    """The link to the platform changed, or another try to mend it is coming (hook `connection_changed`)."""

    state: ConnectionState
    detail: str = ""
    """For people: why."""
    since: datetime | None = None
    """When the link was lost that is being mended, or just was; None = none was lost."""
    attempt: int = 0
    """While reconnecting, which try comes next, from 1; once ready, which one it took; else 0."""
    retry_at: datetime | None = None
    """When that try comes; None = none is planned."""


class CaughtUp(Event, frozen=True, kw_only=True):
    """After a time without a link all that the platform still tells of it has been delivered. Goes to the
    corridor, not to hooks.

    What it never tells again (submissions of forms, typing, presence) may be lost.
    """

    since: datetime
    """From when on something may have been missed, by the platform's clock."""
    delivered: int = 0
    """Events that were made up for."""
    left_out: tuple[str, ...] = ()
    """What was beyond the connector's bounds or could not be had, a line for people each."""


class FormUnheard(Event, frozen=True, kw_only=True):
    """A form stood open while its submission could not be heard. Made by the corridor, for itself: not for
    hooks.

    Its id is `form:ID:unheard`, so it comes once for a form, however often the link breaks.
    """

    form_id: str
    since: datetime
    """Since when it could not be heard, by the platform's clock."""


class ScheduleDue(Event, frozen=True, kw_only=True):
    """A moment of a schedule has come (hook `schedule_due`); `at` is that moment, not when it was noticed.

    Its id is `schedule:NAME:MOMENT`, so a moment comes once, whoever notices it.
    """

    schedule: str
    """`FLOW`, or `FLOW:N` for the Nth of a flow with several."""
    flow: str
    """The one that starts."""
    missed: int = 0
    """How many moments before this one passed while no bot ran, and are made up for by this one or not at
    all."""


class WebhookReceived(Event, frozen=True, kw_only=True):
    """Somebody called one of the bot's own webhooks, and proved who they are (hook `webhook_received`).

    Its id is `webhook:NAME:ID` with the sender's id of the message, so a repeated delivery is recognised.
    """

    webhook: str
    """Its name: that of `/hooks/NAME`."""
    body: object
    """The JSON that came."""
    kind: str = ""
    """What the sender calls it (`X-GitHub-Event`, or the body's `type`); empty when nothing tells."""


class PlatformEvent(Event, frozen=True, kw_only=True):
    """What one connector alone knows (hook `platform_event`)."""

    name: str
    data: Mapping[str, object] = {}
    """JSON, as it came."""
