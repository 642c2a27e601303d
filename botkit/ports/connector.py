"""What botkit asks of a messaging and calling platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.model.conversations import Conversation
from botkit.model.errors import WorldError
from botkit.model.events import CallTranscript, Event
from botkit.model.items import Item, OutgoingMessage, Reaction, SentFile
from botkit.model.users import User

EventSink = Callable[[Event], Awaitable[None]]
"""Where a connector delivers. It returns once the event is safe; the connector then may forget it. Who
wants events of one conversation dealt with in order awaits each before it delivers the next."""


class ConnectorError(WorldError):
    """The platform refused something, or could not be reached. `lasting` = trying again is of no use."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", lasting: bool = False) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.lasting = lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What this platform can do; the checker and the runtime ask, nobody guesses."""

    chat: bool = True
    threads: bool = True
    forms: bool = True
    mentions: bool = True
    reactions: bool = True
    calls: bool = True
    conversation_webhooks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content_type: str
    data: bytes


class Chat(Protocol):
    """Messages."""

    async def post(self, message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        """Post; raises `ConnectorError`. Not idempotent: see `own_items_since`.

        The item's `text` is the message's: people read the mentions before it, its author does not.
        """
        ...

    async def react(self, item_id: str, reaction: Reaction) -> None:
        """React to a message. To react so a second time is no error, and changes nothing. Raises
        `ConnectorError`."""
        ...

    async def fetch(self, item: Item, file: SentFile, most_bytes: int) -> bytes:
        """The bytes of a file of `item.attachments`. Raises `ConnectorError`, also when there are more than
        `most_bytes`."""
        ...

    async def own_items_since(self, conversation_id: str, moment: datetime) -> Sequence[Item]:
        """The bot's own items created at or after `moment`, oldest first: what a crash left unsure.
        They are as `post` returns them."""
        ...

    async def conversation(self, conversation_id: str) -> Conversation:
        """One conversation the bot is in."""
        ...

    async def conversation_for(self, address: str) -> Conversation:
        """Where to post to `address`: a conversation id, a user id or an e-mail address.

        For a person it is the direct conversation, created when there is none.
        """
        ...

    async def add_person(self, conversation_id: str, address: str) -> Conversation:
        """Bring somebody (user id or e-mail address) into a conversation; from a direct one a new group
        comes, which is returned. Somebody who is in it already is no error."""
        ...


class Directory(Protocol):
    """Who is who."""

    async def user(self, user_id: str) -> User: ...

    async def user_by_email(self, email: str) -> User | None: ...


class Calls(Protocol):
    """Signalling of calls; their sound is `ports.audio`."""

    async def dial(self, address: str, offer: str) -> str:
        """Call a person (user id or e-mail address) with this SDP; returns the call's id. What comes of it
        is told by events: `CallAnswered`, `CallCandidates`, `CallEnded` (also for busy and declined)."""
        ...

    async def transcribe(self, said: CallTranscript) -> None:
        """Let the person on a call read what is said, where the platform has a way to; else nothing."""
        ...

    async def ringing(self, call_id: str) -> None:
        """Tell the caller that it rings."""
        ...

    async def answer(self, call_id: str, answer: str) -> None:
        """Pick up with this SDP."""
        ...

    async def answer_change(self, call_id: str, change_id: str, answer: str | None) -> None:
        """Agree with this SDP to a `CallChangeOffered`; None = refuse it, and the call goes on as it was."""
        ...

    async def decline(self, call_id: str, cause: DeclineCause) -> None: ...

    async def hangup(self, call_id: str, cause: CallCause = CallCause.ENDED) -> None:
        """End an answered call, or give up one that the bot made and that rings still. A call that is over
        already is no error."""
        ...

    async def hang_up_lost(self) -> None:
        """End every call that a process before this one was in, and that the platform lets go on at this
        one's connection, where nobody hears or says anything. A call at another device of the account, one
        that rings, or one that began since the logon is none of them. Raises `ConnectorError`."""
        ...


class ConversationWebhooks(Protocol):
    """The platform's own webhooks: addresses that post what they are sent into a conversation. Every method
    raises `ConnectorError`; where the platform has none (`Capabilities.conversation_webhooks`), it lasts."""

    async def create(self, conversation_id: str, name: str, description: str = "") -> ConversationWebhook:
        """Make one. Not idempotent: look into `of` first."""
        ...

    async def of(self, conversation_id: str) -> Sequence[ConversationWebhook]:
        """All of a conversation that the bot may see, oldest first."""
        ...

    async def get(self, webhook_id: str) -> ConversationWebhook:
        """One of them; none is an error that lasts."""
        ...

    async def update(
        self, webhook_id: str, *, name: str | None = None, description: str | None = None
    ) -> ConversationWebhook:
        """Change what is given."""
        ...

    async def suspend(self, webhook_id: str) -> None:
        """Let it refuse what it is sent. One that is suspended already is no error."""
        ...

    async def resume(self, webhook_id: str) -> None:
        """The other way round."""
        ...

    async def delete(self, webhook_id: str) -> None:
        """For good."""
        ...


class Connector(Protocol):
    """One bot's link to one platform. Reconnects by itself."""

    capabilities: Capabilities
    chat: Chat
    directory: Directory
    calls: Calls
    conversation_webhooks: ConversationWebhooks

    @property
    def me(self) -> User:
        """The bot's own account; valid once `start` has returned."""
        ...

    @property
    def heard_until(self) -> datetime | None:
        """Up to when, by the platform's clock, `sink` has had all that there is; None = it is not known."""
        ...

    async def start(self, sink: EventSink, since: datetime | None = None) -> None:
        """Log on and deliver events from now on. Raises `ConnectorError` when the logon is refused.

        What happened at or after `since` is delivered too, oldest first, as far as the platform still tells
        it and the connector's bounds reach; `sink` knows by the ids which of it it has had. After that, and
        after each later time without a link, a `CaughtUp` says what was made up for and what was left out.
        """
        ...

    async def close(self) -> None:
        """Log off; afterwards no event comes."""
        ...


class ConnectorFactory(Protocol):
    """How a plugin offers a connector (hook `register_connectors`)."""

    name: str
    """What `platform: {connector: NAME}` says."""

    def build(self, settings: Mapping[str, object], where: str, folder: Path) -> Connector:
        """A connector from the rest of the `platform:` block, secrets already `Secret`.

        `where` is the block's place, for `UsageError`s about it; a relative path in it is relative to
        `folder`.
        """
        ...
