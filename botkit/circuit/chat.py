"""`ports.connector.Chat` on Circuit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from botkit.model.conversations import Conversation
from botkit.model.items import Item, OutgoingMessage, Reaction, SentFile
from botkit.ports.connector import Attachment

from .directory import CircuitDirectory
from .errors import CircuitError, NotFound
from .recent import Recent
from .session import CircuitSession
from .shapes import Attached, ConversationRecord, TextItem
from .text import Mention, after_own_mentions

MOST_CONVERSATIONS = 1000


class CircuitChat:
    """Messages and the places they stand in, the places remembered."""

    def __init__(self, session: CircuitSession, directory: CircuitDirectory) -> None:
        self._session = session
        self._directory = directory
        self._conversations: Recent[Conversation] = Recent(MOST_CONVERSATIONS)

    async def post(self, message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        """Raises `CircuitError`; then nothing is posted, though files may have been uploaded."""
        people = [await self._directory.user(user_id) for user_id in message.mentions]
        posted = await self._session.items.post(
            message.conversation_id,
            message.text,
            thread_id=message.thread_id,
            subject=message.subject,
            form=message.form,
            mentions=[Mention(user.id, user.display_name) for user in people],
            files=await self._session.files.upload(attachments),
        )
        return _own(posted)

    async def react(self, item_id: str, reaction: Reaction) -> None:
        """Raises `CircuitError`."""
        match reaction:
            case Reaction.LIKE:
                await self._session.items.like(item_id)

    async def fetch(self, item: Item, file: SentFile, most_bytes: int) -> bytes:
        """Raises `CircuitError`."""
        there = Attached(
            id=file.id, item_id=item.id, name=file.name, media_type=file.content_type, size=file.size
        )
        return await self._session.files.download(there, most_bytes)

    async def own_items_since(self, conversation_id: str, moment: datetime) -> Sequence[Item]:
        """With the very text that was posted: the mentions put before it are not in it."""
        me = self._session.me.id
        items = await self._session.items.since(conversation_id, moment)
        return [_own(item) for item in items if item.item.author_id == me and not item.by_webhook]

    async def conversation(self, conversation_id: str) -> Conversation:
        """Raises `NotFound`, `PermissionDenied`."""
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            conversation = self._keep(await self._session.conversations.get(conversation_id))
        return conversation

    async def conversation_for(self, address: str) -> Conversation:
        """Raises `NotFound` when nobody and nothing has this address."""
        if "@" in address:
            user = await self._directory.addressed(address)
            return await self._direct(user.id, address)
        # An id does not tell what it is of.
        try:
            return await self.conversation(address)
        except CircuitError as error:
            if not error.lasting:
                raise
        try:
            user = await self._directory.user(address)
        except NotFound:
            raise NotFound(
                f"There is no conversation and no user {address}.",
                remedy="Write an e-mail address, a user id, or the id of a conversation the bot is in.",
            ) from None
        return await self._direct(user.id, address)

    async def add_person(self, conversation_id: str, address: str) -> Conversation:
        """Raises `NotFound` when nobody has this address, `PermissionDenied` where the bot may not."""
        person = await self._directory.addressed(address)
        # What is remembered may lag behind the server, and servers may refuse who is in it already.
        there = self._keep(await self._session.conversations.get(conversation_id))
        if person.id in there.members:
            return there
        return self._keep(await self._session.conversations.add_participants(there.id, [person.id]))

    def update(self, record: ConversationRecord) -> None:
        """A conversation changed."""
        self._keep(record)

    def drop(self, conversation_id: str) -> None:
        """A conversation is gone."""
        self._conversations.drop(conversation_id)

    def forget(self) -> None:
        """Changes may have been missed."""
        self._conversations.clear()

    async def _direct(self, user_id: str, address: str) -> Conversation:
        if user_id == self._session.me.id:
            raise NotFound(f"{address} is the bot itself.", remedy="A bot cannot write to itself.")
        return self._keep(await self._session.conversations.direct(user_id))

    def _keep(self, record: ConversationRecord) -> Conversation:
        self._conversations.put(record.conversation.id, record.conversation)
        return record.conversation


def _own(posted: TextItem) -> Item:
    return replace(posted.item, text=after_own_mentions(posted.pieces))
