"""What a turn wants done in the world: one frozen struct each, carried out in order, each once.

`id` is deterministic: `session:revision:n` (`event:n` for a handler's effect outside any session).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from .calls import DeclineCause
from .conversation_webhooks import WebhookAction
from .events import MessageReceived
from .items import OutgoingMessage, Reaction
from .questions import BargeIn, Question


class Effect(Struct, frozen=True, kw_only=True):
    """The part all effects share."""

    id: str


class Say(Effect, frozen=True, kw_only=True):
    """Tell the person: posted on chat, spoken on a call."""

    text: str
    barge_in: BargeIn = BargeIn.KEYS
    language: str = ""
    """BCP 47; empty = the bot's."""


class Play(Effect, frozen=True, kw_only=True):
    """Play an audio file on a call."""

    file: str
    """Its path, any common format."""
    recorded: bool = False
    """It is one of the bot's recordings: `file` names it in `ports.blobs`."""
    barge_in: BargeIn = BargeIn.KEYS


class SendDigits(Effect, frozen=True, kw_only=True):
    """Press keys on a call, after everything before it has been heard."""

    digits: str
    """`0-9 * # A-D`; a comma is a pause of 2 s."""


class Record(Effect, frozen=True, kw_only=True):
    """Record the person on a call; `Recorded` comes back. Times are seconds."""

    beep: bool = True
    """Sound a tone first."""
    terminators: str = "#"
    """Keys that end it; the keys `0-9 * #` that are in it. Empty = none."""
    silence: float = 3.0
    """Silence behind speech that ends it; 0 = none does."""
    timeout: float = 6.0
    """Silence at the beginning after which there is nothing to record."""
    maximum: float = 120.0


class CallRecordingSwitch(StrEnum):
    """What becomes of the recording of a whole call."""

    ON = "on"
    """It begins, or goes on."""
    PAUSE = "pause"
    """What passes is not recorded: silence in its place."""
    OFF = "off"
    """It ends."""


class RecordCall(Effect, frozen=True, kw_only=True):
    """Record both sides of a call, once everything before it has been heard. `CallRecorded` comes back, with
    the id of the one that began it, when it ends: switched off, or with the call."""

    switch: CallRecordingSwitch
    began: str = ""
    """Id of the one that began it; empty = this one does."""
    stereo: bool = False
    """The person left, the bot right; else both in one."""
    maximum: float = 3600.0
    """Seconds; what comes then is not in it."""
    before_hangup: bool = False
    """When the call is over, the flow is to know the file before it is told so: it gives it on as it ends."""


class Dial(Effect, frozen=True, kw_only=True):
    """Call a person; when it is answered, `flow` runs there as a session of its own. `CallFinished` comes
    back when that session is over, or nobody answered."""

    to: str
    """E-mail address or user id."""
    ring: float = 30.0
    """Seconds until nobody answers."""
    flow: str = ""
    """Full name of the flow that talks to the person; empty = the call ends once it is answered."""
    inputs: Mapping[str, object] = {}
    """JSON."""


class Transfer(Effect, frozen=True, kw_only=True):
    """Join the caller with somebody else: dial, then pass the two legs' audio to each other until one
    hangs up. On chat: bring the person into the conversation. `CallFinished` comes back."""

    to: str
    """E-mail address or user id."""
    ring: float = 30.0
    """Seconds until nobody answers."""


class Ask(Effect, frozen=True, kw_only=True):
    """Put a question. On chat it is posted (with its form); on a call asked, and keys are collected."""

    question: Question


class Post(Effect, frozen=True, kw_only=True):
    """Post a message somewhere else, or here when `to` is empty."""

    text: str
    to: str = ""
    """E-mail address, user id or conversation id."""
    subject: str = ""
    files: tuple[str, ...] = ()
    """What goes with it, as `Recorded.file` names it."""
    hidden: tuple[str, ...] = ()
    """What of the text was said in secret: it is not written down."""


class React(Effect, frozen=True, kw_only=True):
    """React to a message of this conversation."""

    item_id: str
    reaction: Reaction


class Run(Effect, frozen=True, kw_only=True):
    """Run a step handler; `RunFinished` comes back."""

    handler: str
    arguments: Mapping[str, object] = {}
    """JSON."""
    secrets: Mapping[str, str] = {}
    """Argument -> name of the secret of bot.yaml that it is."""
    timeout: float = 10.0
    """Seconds."""


class Http(Effect, frozen=True, kw_only=True):
    """Make an HTTP request; `HttpFinished` comes back. After a crash it may be made again: its `id` goes
    along as the header `Idempotency-Key`."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    secret_headers: Mapping[str, str] = {}
    """Name -> text in which `{NAME}` stands for that secret of bot.yaml, `{{` and `}}` for braces. The secret
    itself is in no effect, so in no journal."""
    body: str = ""
    timeout: float = 10.0
    """Seconds, of each try."""
    tries: int = 1
    wanted: bool = True
    """What comes back is read; else its status alone counts."""
    until: datetime | None = None
    """From then on the flow waits no more, and no try begins: it has told that there was no answer."""
    longest_pause: ClassVar[float] = 30.0
    """Seconds between two tries, at most."""


class SendWebhook(Effect, frozen=True, kw_only=True):
    """Tell a receiver of bot.yaml what has happened. Nothing comes back: it is tried for days, each time with
    this `id`, and is a dead letter in the end."""

    receiver: str
    type: str
    """What has happened: `callback.wanted`."""
    at: datetime
    """When."""
    data: object
    """JSON."""


class ChangeConversationWebhook(Effect, frozen=True, kw_only=True):
    """Do something with one of the platform's webhooks for a conversation; `ConversationWebhookChanged` comes
    back. To do it twice is to do it once."""

    action: WebhookAction
    name: str
    """Which one, of those of the conversation."""
    to: str = ""
    """E-mail address, user id or conversation id; empty = the session's own conversation."""


class Child(Struct, frozen=True, kw_only=True):
    """One session that `Each` begins."""

    to: str
    """E-mail address or user id."""
    inputs: Mapping[str, object] = {}
    """JSON."""


class Each(Effect, frozen=True, kw_only=True):
    """Begin a session of `flow` with each of several people, all at once, in their direct conversations.
    `ChildFinished` comes back for each one."""

    flow: str
    """Full name."""
    children: tuple[Child, ...]


class Withdraw(Effect, frozen=True, kw_only=True):
    """End what is still open of the sessions that an `Each` began. Nothing comes back of them."""

    began: str
    """Id of the `Each`."""
    children: int
    """How many it began."""


class Enqueue(Effect, frozen=True, kw_only=True):
    """Stand in a queue of callers. `QueueMoved` tells the place, at once and whenever it changes; `QueueTurn`
    comes when one of the agents is to be tried. Who hangs up, or is taken, stands in it no more."""

    queue: str
    agents: tuple[str, ...]
    """E-mail addresses or user ids. Each talks to one caller of all queues at a time."""
    front: bool = False
    """At the head: the agent that was tried did not take the call."""


class LeaveQueue(Effect, frozen=True, kw_only=True):
    """Stand in the queue no more."""

    entered: str
    """Id of the `Enqueue`."""


class Hush(Effect, frozen=True, kw_only=True):
    """Cut what a call says, asks, records or puts through, and forget what was still to come of it."""


class Answer(Effect, frozen=True, kw_only=True):
    """Pick up. Emitted before the first audible effect of a call."""


class Decline(Effect, frozen=True, kw_only=True):
    """Refuse the ringing call."""

    cause: DeclineCause


class Hangup(Effect, frozen=True, kw_only=True):
    """End the call, after everything before it has been heard."""


class SendMessage(Effect, frozen=True, kw_only=True):
    """A message with its address: what `Say`, `Ask` and `Post` become on chat, and the outbox holds."""

    message: OutgoingMessage
    origin: str
    """Id of the turn's effect that this carries out."""
    files: tuple[str, ...] = ()
    """What goes with it, as `ports.blobs` names it."""
    hidden: tuple[str, ...] = ()
    """What of the text was said in secret: it is not written down."""


class DeferredMessage(Effect, frozen=True, kw_only=True):
    """A message that handlers have had, to be offered to sessions and flows once the session it came upon
    is done with its step handler."""

    message: MessageReceived
    session_id: str
    """Of the busy session."""
    revision: int
    """Its, when the message came. Still busy at that revision afterwards, it will not get its result."""
