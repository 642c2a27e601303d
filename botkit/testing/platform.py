"""A messaging platform in memory: people, conversations, items and forms. No faults, no connections."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from msgspec import structs

from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.model.conversations import Conversation, ConversationKind
from botkit.model.events import CallTranscript, Event
from botkit.model.forms import Form
from botkit.model.items import Item, SentFile
from botkit.model.users import User
from botkit.ports.clock import Clock
from botkit.ports.connector import Attachment, ConnectorError, EventSink

from .call import PersonsCall, ReceivedCall
from .clock import VirtualClock

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posted:
    """An item as people read it."""

    item: Item
    form: Form | None = None
    written: str = ""
    """Its text as the author wrote it: without the mentions that were put before it."""
    attachments: tuple[Attachment, ...] = ()
    likes: tuple[str, ...] = ()
    """Ids of the users who like it."""
    by_webhook: bool = False
    """A webhook of the bot's posted it."""

    @property
    def text(self) -> str:
        return self.item.text


class FakePlatform:
    """The world that outlives a bot: give it to a second `FakeConnector` and the bot has restarted.

    What happens while no bot is connected waits and is delivered to the next one, in order.
    """

    def __init__(self, clock: Clock | None = None, *, bot_name: str = "Bot") -> None:
        self.clock = clock or VirtualClock()
        self.users: dict[str, User] = {}
        self.conversations: dict[str, Conversation] = {}
        self.calls: dict[str, PersonsCall] = {}
        self.rings: deque[tuple[User, ReceivedCall]] = deque()
        """Calls of the bot, in order, for whoever deals with them without a phone of their own."""
        self.webhooks: dict[str, ConversationWebhook] = {}
        """The bot's conversation webhooks, oldest first."""
        self.transcripts: list[CallTranscript] = []
        """What people on calls could read, in order."""
        self.undelivered: deque[Event] = deque()
        """Events that no bot has taken yet."""
        self._sink: EventSink | None = None
        self._delivering = asyncio.Lock()
        self._items: dict[str, Posted] = {}
        self._forms: dict[str, str] = {}
        self._readers: list[tuple[str, asyncio.Queue[Posted]]] = []
        self._phones: list[tuple[str, asyncio.Queue[ReceivedCall]]] = []
        self._numbers = 0
        self.bot = self.add_user(bot_name, is_bot=True)

    def connect(self, sink: EventSink | None) -> None:
        """Where events go from now on; None = nobody is connected."""
        self._sink = sink

    async def tell_bot(self, *events: Event) -> None:
        """Deliver to the bot, behind what still waits; returns when all of it is safe, or nobody listens.

        An event that the bot's sink refuses waits at the head, and is tried again with the next one.
        """
        self.undelivered.extend(events)
        async with self._delivering:
            while self.undelivered and self._sink is not None:
                try:
                    await self._sink(self.undelivered[0])
                except Exception:
                    log.exception("the bot did not take %s", self.undelivered[0].event_id)
                    return
                self.undelivered.popleft()

    def number(self) -> int:
        """1, 2, 3 ... of all things this platform names."""
        self._numbers += 1
        return self._numbers

    def add_user(self, name: str, email: str = "", *, is_bot: bool = False, locale: str = "") -> User:
        """A new account; the e-mail address is made from the name when none is given."""
        first, _, last = name.partition(" ")
        user = User(
            id=f"user-{self.number()}",
            display_name=name,
            email=email or f"{name.lower().replace(' ', '.')}@example.com",
            first_name=first,
            last_name=last,
            is_bot=is_bot,
            locale=locale,
        )
        self.users[user.id] = user
        return user

    def add_group(
        self, topic: str, members: Sequence[User], kind: ConversationKind = ConversationKind.GROUP
    ) -> Conversation:
        """A conversation of the bot with `members`."""
        return self._add_conversation(kind, topic, (self.bot.id, *(user.id for user in members)))

    def direct(self, one: str, other: str) -> Conversation:
        """The conversation of two users, made when there is none."""
        for conversation in self.conversations.values():
            if conversation.kind is ConversationKind.DIRECT and set(conversation.members) == {one, other}:
                return conversation
        return self._add_conversation(ConversationKind.DIRECT, "", (one, other))

    def conversation(self, conversation_id: str) -> Conversation:
        """Raises `ConnectorError` when there is none with this id."""
        return _known(self.conversations, conversation_id, "conversation")

    def add_member(self, conversation_id: str, user: User) -> Conversation:
        """Bring somebody in; from a direct conversation a new group comes."""
        conversation = self.conversation(conversation_id)
        if user.id in conversation.members:
            return conversation
        members = (*conversation.members, user.id)
        if conversation.kind is ConversationKind.DIRECT:
            return self._add_conversation(ConversationKind.GROUP, "", members)
        larger = structs.replace(conversation, members=members)
        self.conversations[conversation_id] = larger
        return larger

    def user_at(self, address: str) -> User:
        """Whose user id or e-mail address this is. Raises `ConnectorError`."""
        user = self.users.get(address) or self.user_by_email(address)
        if user is None:
            raise ConnectorError(f"nobody and nothing is called {address}.", lasting=True)
        return user

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email.lower() == email.lower()), None)

    def add_item(
        self,
        conversation_id: str,
        author: User,
        text: str,
        *,
        thread_id: str = "",
        subject: str = "",
        mentions: tuple[str, ...] = (),
        form: Form | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> Item:
        """Post; everybody in the conversation reads it. Raises `ConnectorError` for a place that is not."""
        members = self.conversation(conversation_id).members
        if author.id not in members:
            raise ConnectorError(f"{author.display_name} is not in {conversation_id}.", lasting=True)
        if thread_id and _known(self._items, thread_id, "thread").item.conversation_id != conversation_id:
            raise ConnectorError(f"thread {thread_id} is in another conversation.", lasting=True)
        item_id = f"item-{self.number()}"
        names = "".join(f"@{_known(self.users, user, 'user').display_name} " for user in mentions)
        item = Item(
            id=item_id,
            conversation_id=conversation_id,
            author_id=author.id,
            text=names + text,
            created_at=self.clock.now(),
            thread_id=thread_id or item_id,
            subject=subject,
            mentions=mentions,
            form_id=form.id if form else "",
            attachments=tuple(
                SentFile(
                    id=f"file-{self.number()}",
                    name=each.name,
                    content_type=each.content_type,
                    size=len(each.data),
                )
                for each in attachments
            ),
        )
        self._items[item_id] = Posted(item, form, text, attachments)
        if form:
            self._forms[form.id] = item_id
        for reader, queue in self._readers:
            if reader in members and reader != author.id:
                queue.put_nowait(self._items[item_id])
        return item

    def post_by_webhook(self, webhook_id: str, text: str, *, subject: str = "") -> Item:
        """Somebody sends this to a webhook of the bot's. Raises `ConnectorError` when it refuses."""
        webhook = _known(self.webhooks, webhook_id, "webhook")
        if not webhook.enabled:
            raise ConnectorError("this webhook is suspended.", lasting=True)
        item = self.add_item(webhook.conversation_id, self.bot, text, subject=subject)
        self._items[item.id] = replace(self._items[item.id], by_webhook=True)
        return item

    def edit_item(self, item_id: str, text: str) -> Item:
        posted = _known(self._items, item_id, "item")
        item = structs.replace(posted.item, text=text, edited=True)
        self._items[item_id] = replace(posted, item=item, written=text)
        return item

    def like(self, item_id: str, user: User) -> Posted:
        """Raises `ConnectorError` when there is none with this id."""
        posted = _known(self._items, item_id, "item")
        likes = tuple(dict.fromkeys((*posted.likes, user.id)))
        self._items[item_id] = replace(posted, likes=likes)
        return self._items[item_id]

    def posted(self, item_id: str) -> Posted:
        """Raises `ConnectorError` when there is none with this id."""
        return _known(self._items, item_id, "item")

    def items(self, conversation_id: str) -> list[Posted]:
        """What stands in a conversation, oldest first."""
        return [each for each in self._items.values() if each.item.conversation_id == conversation_id]

    def form_item(self, form_id: str) -> Posted:
        """The item with this form. Raises `ConnectorError` when there is none."""
        return self._items[_known(self._forms, form_id, "form")]

    def read_as(self, user: User) -> asyncio.Queue[Posted]:
        """What others post where `user` is, from now on."""
        queue: asyncio.Queue[Posted] = asyncio.Queue()
        self._readers.append((user.id, queue))
        return queue

    def ring(self, user: User, offer: str) -> ReceivedCall:
        """The bot calls `user`: it rings where they are."""
        call = ReceivedCall(f"call-{self.number()}", offer, self.clock, self.tell_bot)
        self.calls[call.id] = call
        self.rings.append((user, call))
        for owner, phone in self._phones:
            if owner == user.id:
                phone.put_nowait(call)
        return call

    def phone_of(self, user: User) -> asyncio.Queue[ReceivedCall]:
        """The calls of the bot to `user`, from now on."""
        phone: asyncio.Queue[ReceivedCall] = asyncio.Queue()
        self._phones.append((user.id, phone))
        return phone

    def _add_conversation(self, kind: ConversationKind, topic: str, members: tuple[str, ...]) -> Conversation:
        conversation = Conversation(
            id=f"conversation-{self.number()}", kind=kind, topic=topic, members=members
        )
        self.conversations[conversation.id] = conversation
        return conversation


def _known(things: dict[str, T], key: str, what: str) -> T:
    try:
        return things[key]
    except KeyError:
        raise ConnectorError(f"there is no {what} {key}.", lasting=True) from None
