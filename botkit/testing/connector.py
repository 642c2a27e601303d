"""A connector to the platform in memory, with faults to order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.conversations import Conversation
from botkit.model.events import CallTranscript, CaughtUp, ConnectionChanged, ConnectionState
from botkit.model.items import Item, OutgoingMessage, Reaction, SentFile
from botkit.model.users import User
from botkit.ports.connector import (
    Attachment,
    Calls,
    Capabilities,
    Chat,
    ConnectorError,
    ConversationWebhooks,
    Directory,
    EventSink,
)

from .call import ReceivedCall, ScriptedCall
from .conversation_webhooks import FakeConversationWebhooks
from .platform import FakePlatform, Posted


@dataclass(frozen=True, slots=True)
class _Fault:
    posted: bool
    lasting: bool


class FakeConnector:
    """`ports.connector.Connector` on a `FakePlatform`.

    To restart the bot, close this one and give its platform to a new one; to let it die, leave out the
    closing.
    """

    def __init__(
        self, platform: FakePlatform | None = None, *, capabilities: Capabilities | None = None
    ) -> None:
        self.platform = platform or FakePlatform()
        self.capabilities = capabilities or Capabilities()
        self._chat = FakeChat(self.platform, self.capabilities)
        self.chat: Chat = self._chat
        self.directory: Directory = FakeDirectory(self.platform)
        self._calls = FakeCalls(self.platform, self._later)
        self.calls: Calls = self._calls
        self.conversation_webhooks: ConversationWebhooks = FakeConversationWebhooks(
            self.platform, self.capabilities
        )
        self._refusal = ""
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def me(self) -> User:
        return self.platform.bot

    @property
    def heard_until(self) -> datetime | None:
        """Not known, nor needed: see `start`."""
        return None

    async def start(self, sink: EventSink, since: datetime | None = None) -> None:
        """The platform keeps what happens while no bot is there, so `since` is not needed."""
        if self._refusal:
            raise ConnectorError(self._refusal, lasting=True)
        self._calls.hand_over()
        self.platform.connect(sink)
        self._later(self.change(ConnectionState.READY))

    async def close(self) -> None:
        self.platform.connect(None)
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def refuse_logon(self, why: str) -> None:
        """Every `start` fails from now on; an empty reason lets it work again."""
        self._refusal = why

    def fail_posts(self, times: int = 1, *, posted: bool = False, lasting: bool = False) -> None:
        """The next `times` posts and reactions report failure. With `posted` they happen all the same, and
        only the platform's word of it is lost."""
        self._chat.faults.extend([_Fault(posted, lasting)] * times)

    def hold_posts(self) -> None:
        """Posts and reactions do not return, nor happen, until `release_posts`."""
        self._chat.gate.clear()

    def release_posts(self) -> None:
        self._chat.gate.set()

    def refuse_dials(self, why: str) -> None:
        """Every call that the bot makes fails from now on; an empty reason lets them through again."""
        self._calls.refusal = why

    def hold_dials(self) -> None:
        """Calls that the bot makes do not begin, nor does `dial` return, until `release_dials`."""
        self._calls.gate.clear()

    def release_dials(self) -> None:
        self._calls.gate.set()

    async def change(self, state: ConnectionState, detail: str = "") -> None:
        """Tell the bot of its link. What happens on the platform is delivered all the same."""
        await self.platform.tell_bot(
            ConnectionChanged(
                event_id=f"connection:{self.platform.number()}",
                at=self.platform.clock.now(),
                state=state,
                detail=detail,
            )
        )

    async def catch_up(self, since: datetime, *left_out: str) -> None:
        """Tell the bot that it had no link since then, and what of that time it is not told."""
        await self.platform.tell_bot(
            CaughtUp(
                event_id=f"caught_up:{self.platform.number()}",
                at=self.platform.clock.now(),
                since=since,
                left_out=left_out,
            )
        )

    def _later(self, telling: Coroutine[Any, Any, None]) -> None:
        """What the bot's own doing leads to is told to it afterwards, as over a wire."""
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


class FakeChat:
    """`ports.connector.Chat`."""

    def __init__(self, platform: FakePlatform, capabilities: Capabilities) -> None:
        self.faults: deque[_Fault] = deque()
        self.gate = asyncio.Event()
        self.gate.set()
        self._platform = platform
        self._capabilities = capabilities

    async def post(self, message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        await self.gate.wait()
        fault = self._fault()
        if message.form and not self._capabilities.forms:
            raise ConnectorError("this platform has no forms.", lasting=True)
        item = self._platform.add_item(
            message.conversation_id,
            self._platform.bot,
            message.text,
            thread_id=message.thread_id,
            subject=message.subject,
            mentions=message.mentions,
            form=message.form,
            attachments=tuple(attachments),
        )
        if fault:
            raise ConnectorError("the platform did not answer in time.", lasting=fault.lasting)
        return _own(self._platform.posted(item.id))

    async def react(self, item_id: str, reaction: Reaction) -> None:
        await self.gate.wait()
        fault = self._fault()
        if not self._capabilities.reactions:
            raise ConnectorError("this platform has no reactions.", lasting=True)
        match reaction:
            case Reaction.LIKE:
                self._platform.like(item_id, self._platform.bot)
        if fault:
            raise ConnectorError("the platform did not answer in time.", lasting=fault.lasting)

    def _fault(self) -> _Fault | None:
        """The one that is ordered for this post. Raises `ConnectorError` when nothing shall come of it."""
        fault = self.faults.popleft() if self.faults else None
        if fault and not fault.posted:
            raise ConnectorError("the platform refused the post.", lasting=fault.lasting)
        return fault

    async def fetch(self, item: Item, file: SentFile, most_bytes: int) -> bytes:
        posted = self._platform.posted(item.id)
        data = dict(zip((each.id for each in posted.item.attachments), posted.attachments, strict=True))
        if file.id not in data:
            raise ConnectorError(f"there is no file {file.id}.", lasting=True)
        if len(data[file.id].data) > most_bytes:
            raise ConnectorError(f"{file.name} has more than {most_bytes} bytes.", lasting=True)
        return data[file.id].data

    async def own_items_since(self, conversation_id: str, moment: datetime) -> Sequence[Item]:
        me = self._platform.bot.id
        self._platform.conversation(conversation_id)
        return [
            _own(each)
            for each in self._platform.items(conversation_id)
            if each.item.author_id == me and each.item.created_at >= moment and not each.by_webhook
        ]

    async def conversation(self, conversation_id: str) -> Conversation:
        return self._platform.conversation(conversation_id)

    async def conversation_for(self, address: str) -> Conversation:
        if address in self._platform.conversations:
            return self._platform.conversations[address]
        return self._platform.direct(self._platform.bot.id, self._platform.user_at(address).id)

    async def add_person(self, conversation_id: str, address: str) -> Conversation:
        return self._platform.add_member(conversation_id, self._platform.user_at(address))


class FakeDirectory:
    """`ports.connector.Directory`."""

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform

    async def user(self, user_id: str) -> User:
        try:
            return self._platform.users[user_id]
        except KeyError:
            raise ConnectorError(f"there is no user {user_id}.", lasting=True) from None

    async def user_by_email(self, email: str) -> User | None:
        return self._platform.user_by_email(email)


class FakeCalls:
    """`ports.connector.Calls`."""

    def __init__(self, platform: FakePlatform, later: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._platform = platform
        self._later = later
        self.refusal = ""
        self.gate = asyncio.Event()
        self.gate.set()
        self._handed_over: list[str] = []

    def hand_over(self) -> None:
        """What talks goes on at this connection: whoever was connected before is gone."""
        talking = (each for each in self._platform.calls.values() if each.answer and each.cause is None)
        self._handed_over = [each.id for each in talking]

    async def dial(self, address: str, offer: str) -> str:
        await self.gate.wait()
        if self.refusal:
            raise ConnectorError(self.refusal)
        return self._platform.ring(self._platform.user_at(address), offer).id

    async def transcribe(self, said: CallTranscript) -> None:
        self._platform.transcripts.append(said)

    async def ringing(self, call_id: str) -> None:
        await self._offered(call_id).ring()

    async def answer(self, call_id: str, answer: str) -> None:
        call = self._offered(call_id)
        if call.cause is not None:
            raise ConnectorError(f"the call {call_id} is over.", lasting=True)
        await call.pick_up(answer)

    async def answer_change(self, call_id: str, change_id: str, answer: str | None) -> None:
        call = self._platform.calls.get(call_id)
        if call is None or call.cause is not None:
            raise ConnectorError(f"the call {call_id} is over.", lasting=True)
        await call.settle_change(change_id, answer)

    async def decline(self, call_id: str, cause: DeclineCause) -> None:
        await self._end(call_id, CallCause.BUSY if cause is DeclineCause.BUSY else CallCause.DECLINED)

    async def hangup(self, call_id: str, cause: CallCause = CallCause.ENDED) -> None:
        await self._end(call_id, cause)

    async def hang_up_lost(self) -> None:
        for call_id in self._handed_over:
            await self._end(call_id, CallCause.CALL_LOST)

    async def _end(self, call_id: str, cause: CallCause) -> None:
        call = self._platform.calls.get(call_id)
        if call is not None and call.cause is None:
            gives_up = isinstance(call, ReceivedCall) and not call.answer
            await call.end(CallCause.CANCELLED if gives_up else cause)
            self._later(call.tell_end())

    def _offered(self, call_id: str) -> ScriptedCall:
        call = self._platform.calls.get(call_id)
        if not isinstance(call, ScriptedCall):
            raise ConnectorError(f"nobody calls the bot by {call_id}.", lasting=True)
        return call


def _own(posted: Posted) -> Item:
    return replace(posted.item, text=posted.written)
