"""A platform that is a function: what the bot posts is handed to it, in the bot's own process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from botkit.model.conversations import Conversation, ConversationKind
from botkit.model.events import MessageReceived
from botkit.model.items import Item, OutgoingMessage
from botkit.model.users import User
from botkit.ports.connector import Attachment, Capabilities, EventSink
from botkit.ports.system_clock import SystemClock
from botkit.testing import FakeConnector
from botkit.testing.connector import FakeChat

Posted = Callable[[str, str], Awaitable[None]]
"""Conversation id, text."""


class Line(FakeConnector):
    """`ports.connector.Connector` with direct conversations and nothing else."""

    def __init__(self, posted: Posted) -> None:
        super().__init__(capabilities=Capabilities(threads=False, forms=False, reactions=False, calls=False))
        self.chat = _Chat(self, posted)
        self._clock = SystemClock()
        self._said = 0
        self._sink: EventSink | None = None

    async def start(self, sink: EventSink, since: datetime | None = None) -> None:
        self._sink = sink

    async def close(self) -> None:
        self._sink = None

    async def say(self, conversation_id: str, text: str) -> None:
        """A person writes; back once the bot has it safe."""
        self._said += 1
        item_id, now = f"{conversation_id}-{self._said}", self._clock.now()
        author = User(id=f"of-{conversation_id}", display_name="Ann Archer", email="ann@example.com")
        conversation = Conversation(
            id=conversation_id, kind=ConversationKind.DIRECT, members=(author.id, self.me.id)
        )
        item = Item(
            id=item_id, conversation_id=conversation_id, author_id=author.id, text=text, created_at=now
        )
        assert self._sink is not None, "the bot has not started"
        await self._sink(
            MessageReceived(
                event_id=f"item:{item_id}",
                at=now,
                conversation=conversation,
                author=author,
                item=item,
                text=text,
            )
        )


class _Chat(FakeChat):
    def __init__(self, line: Line, posted: Posted) -> None:
        super().__init__(line.platform, line.capabilities)
        self._me = line.me.id
        self._posted = posted
        self._clock = SystemClock()
        self._count = 0

    async def post(self, message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        self._count += 1
        await self._posted(message.conversation_id, message.text)
        return Item(
            id=f"posted-{self._count}",
            conversation_id=message.conversation_id,
            author_id=self._me,
            text=message.text,
            created_at=self._clock.now(),
        )
