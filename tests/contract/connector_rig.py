"""What the connector's contract suite needs: the bot's link, a person, and what the bot heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from botkit.model.calls import CallCause
from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.model.events import CallCandidates, CaughtUp, ConnectionChanged, ConversationJoined, Event
from botkit.model.users import User
from botkit.ports.connector import Attachment, Connector, ConnectorError
from botkit.testing import FakeConnector, Posted, ReceivedCall, ScriptedCall, ScriptedPerson

T = TypeVar("T", bound=Event)

PATIENCE = 30.0
"""Real seconds that anything may take before the test fails."""


class CallDriver(Protocol):
    """The caller's side of a call to the bot."""

    async def until_ringing(self) -> None: ...

    async def until_answered(self) -> str:
        """The bot's SDP answer."""
        ...

    async def until_ended(self) -> CallCause: ...

    async def hang_up(self) -> None:
        """Also gives up while it rings."""
        ...


class PhoneDriver(Protocol):
    """The person's side of a call that the bot made."""

    @property
    def offer(self) -> str:
        """The bot's SDP."""
        ...

    async def pick_up(self, answer: str) -> None: ...

    async def decline(self, cause: CallCause) -> None:
        """Not take it: `DECLINED`, `BUSY` or `NO_ANSWER`."""
        ...

    async def add_candidates(self, *candidates: tuple[str, str, int]) -> None: ...

    async def hang_up(self) -> None: ...

    async def until_ended(self) -> CallCause: ...


class PersonDriver(Protocol):
    """A person on the platform, driven from the far side of the connector."""

    @property
    def user(self) -> User: ...

    async def direct(self) -> str:
        """Id of the conversation with the bot alone."""
        ...

    async def group(self, topic: str) -> str:
        """Id of a new group conversation with the bot."""
        ...

    async def post(
        self, conversation_id: str, text: str, *, thread_id: str = "", files: Sequence[Attachment] = ()
    ) -> str:
        """The new item's id."""
        ...

    async def mention(self, conversation_id: str, text: str, *, thread_id: str = "") -> str:
        """Post with a mention of the bot before the text."""
        ...

    async def edit(self, item_id: str, text: str) -> None: ...

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None: ...

    async def likes(self, item_id: str) -> Sequence[str]:
        """Ids of those who like a message."""
        ...

    async def next_message(self) -> Posted:
        """What the bot posted next where the person is."""
        ...

    async def attachments(self, posted: Posted) -> Sequence[Attachment]:
        """The files that came with a message, as the person reads them."""
        ...

    async def call(self, offer: str) -> CallDriver: ...

    async def next_call(self) -> PhoneDriver:
        """The bot's next call, ringing."""
        ...

    async def send_to_webhook(self, webhook: ConversationWebhook, text: str) -> bool:
        """Somebody without an account sends text to a webhook's address; whether it was taken."""
        ...


class Heard:
    """The sink of the connector under test. Connection news, candidates and new places are left out."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self.candidates: asyncio.Queue[CallCandidates] = asyncio.Queue()
        self.refuse = 0
        """So many events are refused before the next one is taken."""
        self._news: asyncio.Queue[Event] = asyncio.Queue()

    async def take(self, event: Event) -> None:
        if isinstance(event, CallCandidates):
            self.candidates.put_nowait(event)
        if isinstance(event, ConnectionChanged | CallCandidates | CaughtUp | ConversationJoined):
            return
        if self.refuse:
            self.refuse -= 1
            raise OSError("the disk is full")
        self.all.append(event)
        self._news.put_nowait(event)

    async def next(self, kind: type[T]) -> T:
        """The next event, which must be of this kind."""
        async with asyncio.timeout(PATIENCE):
            event = await self._news.get()
        assert isinstance(event, kind), event
        return event


@dataclass(frozen=True, slots=True)
class Rig:
    """A connector that is started, and the world around it."""

    connector: Connector
    person: PersonDriver
    heard: Heard
    other: User
    """Somebody else on the platform."""


class FakePersonDriver:
    """A person of the kit's platform."""

    def __init__(self, connector: FakeConnector) -> None:
        self._platform = connector.platform
        self._person = ScriptedPerson(connector.platform, "Ada Byron")

    @property
    def user(self) -> User:
        return self._person.user

    async def direct(self) -> str:
        return self._person.direct.id

    async def group(self, topic: str) -> str:
        return self._platform.add_group(topic, [self._person.user]).id

    async def post(
        self, conversation_id: str, text: str, *, thread_id: str = "", files: Sequence[Attachment] = ()
    ) -> str:
        place = self._platform.conversation(conversation_id)
        return (await self._person.post(text, to=place, thread_id=thread_id, files=files)).id

    async def mention(self, conversation_id: str, text: str, *, thread_id: str = "") -> str:
        place = self._platform.conversation(conversation_id)
        return (await self._person.mention(text, to=place, thread_id=thread_id)).id

    async def edit(self, item_id: str, text: str) -> None:
        await self._person.edit(self._platform.posted(item_id).item, text)

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None:
        assert self._platform.form_item(form_id).item.id == item_id
        await self._person.submit(form_id, values)

    async def likes(self, item_id: str) -> Sequence[str]:
        return self._platform.posted(item_id).likes

    async def next_message(self) -> Posted:
        return await self._person.next_message(within=PATIENCE)

    async def call(self, offer: str) -> ScriptedCall:
        return await self._person.call(offer)

    async def attachments(self, posted: Posted) -> Sequence[Attachment]:
        return posted.attachments

    async def next_call(self) -> ReceivedCall:
        return await self._person.next_call(within=PATIENCE)

    async def send_to_webhook(self, webhook: ConversationWebhook, text: str) -> bool:
        try:
            self._platform.post_by_webhook(webhook.id, text)
        except ConnectorError:
            return False
        return True


@asynccontextmanager
async def fake_rig() -> AsyncGenerator[Rig]:
    """The kit's connector and one of its people."""
    connector = FakeConnector()
    heard = Heard()
    await connector.start(heard.take)
    try:
        other = connector.platform.add_user("Grace Hopper")
        yield Rig(connector, FakePersonDriver(connector), heard, other)
    finally:
        await connector.close()
