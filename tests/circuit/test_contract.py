"""What holds of every connector: the one in memory that flows are tested with, and Circuit's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from botkit.circuit.api.outgoing import OutgoingCall
from botkit.circuit.session import CircuitSession
from botkit.circuit.text import Mention
from botkit.model.calls import CallCause, DeclineCause
from botkit.model.conversations import ConversationKind
from botkit.model.events import (
    CallEnded,
    CallOffered,
    ConnectionChanged,
    ConnectionState,
    FormSubmitted,
    MessageReceived,
)
from botkit.model.forms import Control, ControlKind, Form
from botkit.model.items import OutgoingMessage
from botkit.ports.connector import Connector, ConnectorError
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from botkit.testing.call import ScriptedCall
from botkit.testing.connector import FakeConnector
from botkit.testing.person import ScriptedPerson
from botkit.testing.platform import FakePlatform
from tests.circuit.world import Told, World, tenant

FORM = Form(
    id="f1",
    controls=(
        Control(kind=ControlKind.INPUT, name="name", text="Your name"),
        Control(kind=ControlKind.BUTTON, name="send", text="Send", value="send"),
    ),
)


class Person(Protocol):
    """Somebody with a direct conversation to the bot."""

    email: str

    async def post(self, text: str, *, mention: bool = False, thread_id: str = "") -> str: ...
    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None: ...
    async def call(self, offer: str) -> None: ...
    async def hang_up(self) -> None: ...
    async def answered(self) -> str: ...
    async def call_ended(self) -> None: ...


class FakePerson:
    """On the platform in memory."""

    email = "ann@example.com"

    def __init__(self, platform: FakePlatform) -> None:
        self._person = ScriptedPerson(platform, "Ann Archer", self.email)
        self._call: ScriptedCall | None = None

    async def post(self, text: str, *, mention: bool = False, thread_id: str = "") -> str:
        post = self._person.mention if mention else self._person.post
        return (await post(text, thread_id=thread_id)).id

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None:
        await self._person.submit(form_id, values)

    async def call(self, offer: str) -> None:
        self._call = await self._person.call(offer)

    async def hang_up(self) -> None:
        assert self._call
        await self._call.hang_up()

    async def answered(self) -> str:
        assert self._call
        return await self._call.until_answered()

    async def call_ended(self) -> None:
        assert self._call
        await self._call.until_ended()


class CircuitPerson:
    """On the sandbox."""

    email = "ann@example.com"

    def __init__(self, session: CircuitSession, bot: Connector) -> None:
        self._session = session
        self._bot = bot
        self._call: OutgoingCall | None = None

    async def post(self, text: str, *, mention: bool = False, thread_id: str = "") -> str:
        record = await self._session.conversations.direct(self._bot.me.id)
        mentions = [Mention(self._bot.me.id, self._bot.me.display_name)] if mention else []
        posted = await self._session.items.post(
            record.conversation.id, text, thread_id=thread_id, mentions=mentions
        )
        return posted.item.id

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None:
        await self._session.forms.submit(item_id, form_id, values)

    async def call(self, offer: str) -> None:
        record = await self._session.conversations.direct(self._bot.me.id)
        self._call = await self._session.calls.dial(record.conversation.id, offer)

    async def hang_up(self) -> None:
        assert self._call
        await self._call.hang_up()

    async def answered(self) -> str:
        assert self._call
        return await self._call.answered()

    async def call_ended(self) -> None:
        assert self._call
        await self._call.ended()


class Side:
    """A started connector, what it told, and a person."""

    def __init__(self, connector: Connector, told: Told, person: Person) -> None:
        self.connector = connector
        self.told = told
        self.person = person


@pytest.fixture(params=["fake", "circuit"])
async def side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Side]:
    if request.param == "fake":
        told = Told()
        fake = FakeConnector()
        person = FakePerson(fake.platform)
        await fake.start(told)
        yield Side(fake, told, person)
        await fake.close()
        return
    sandbox = Sandbox(tenant(), port=0, page_port=0, state=tmp_path, clock=SystemClock())
    await sandbox.start()
    world = World(sandbox)
    bot, told = await world.bot()
    yield Side(bot, told, CircuitPerson(await world.person("ann"), bot))
    await world.close()
    await sandbox.close()


async def test_it_tells_that_it_is_ready(side: Side) -> None:
    await side.told.first(ConnectionChanged, lambda event: event.state is ConnectionState.READY)
    assert side.connector.me.is_bot


async def test_a_message_comes_once_and_plain(side: Side) -> None:
    text = "a <b> & c\nsecond line"
    item_id = await side.person.post(text)
    message = await side.told.first(MessageReceived)
    assert (message.event_id, message.item.id) == (f"item:{item_id}", item_id)
    assert (message.text, message.mentioned) == (text, False)
    assert message.conversation.kind is ConversationKind.DIRECT
    assert message.author.email == side.person.email
    assert message.at.utcoffset() is not None
    assert message.item.thread_id == item_id


async def test_a_mention_is_one_message_without_its_address(side: Side) -> None:
    await side.person.post("help me", mention=True)
    await side.person.post("thanks")
    messages = await side.told.until(MessageReceived, 2)
    assert [(each.text, each.mentioned) for each in messages] == [("help me", True), ("thanks", False)]
    assert messages[0].item.mentions == (side.connector.me.id,)


async def test_an_answer_stands_in_the_thread_and_is_found_again(side: Side) -> None:
    await side.person.post("question")
    message = await side.told.first(MessageReceived)
    chat = side.connector.chat
    answer = await chat.post(
        OutgoingMessage(
            conversation_id=message.conversation.id, text="answer <1>", thread_id=message.item.thread_id
        )
    )
    assert (answer.text, answer.thread_id) == ("answer <1>", message.item.id)
    assert answer.author_id == side.connector.me.id
    assert await chat.own_items_since(message.conversation.id, answer.created_at) == [answer]
    await side.person.post("next", thread_id=message.item.id)
    reply = (await side.told.until(MessageReceived, 2))[1]
    assert reply.item.thread_id == message.item.id


async def test_a_form_comes_back_as_often_as_it_is_submitted(side: Side) -> None:
    conversation = await side.connector.chat.conversation_for(side.person.email)
    item = await side.connector.chat.post(
        OutgoingMessage(conversation_id=conversation.id, text="Who?", form=FORM)
    )
    assert item.form_id == "f1"
    for _ in range(2):
        await side.person.submit(item.id, "f1", {"name": "Ann", "send": "send"})
    first, second = await side.told.until(FormSubmitted, 2)
    assert first.event_id != second.event_id
    assert (first.item_id, first.form_id) == (item.id, "f1")
    assert dict(first.values) == {"name": "Ann", "send": "send"}
    assert first.submitter.email == side.person.email


async def test_an_address_leads_to_one_place(side: Side) -> None:
    chat, directory = side.connector.chat, side.connector.directory
    by_email = await chat.conversation_for(side.person.email)
    user = await directory.user_by_email(side.person.email)
    assert user
    assert await directory.user(user.id) == user
    assert (await chat.conversation_for(user.id)).id == by_email.id
    assert (await chat.conversation_for(by_email.id)).id == by_email.id
    assert (await chat.conversation(by_email.id)).kind is ConversationKind.DIRECT
    assert await directory.user_by_email("nobody@example.com") is None
    with pytest.raises(ConnectorError) as caught:
        await chat.conversation_for("nobody@example.com")
    assert caught.value.lasting


async def test_a_call_is_answered_and_hung_up(side: Side) -> None:
    await side.person.call("v=0\r\n")
    offered = await side.told.first(CallOffered)
    assert offered.offer == "v=0\r\n"
    async with asyncio.timeout(10):
        await side.connector.calls.ringing(offered.call.id)
        await side.connector.calls.answer(offered.call.id, "v=0\r\ns=answer\r\n")
        assert await side.person.answered() == "v=0\r\ns=answer\r\n"
        await side.person.hang_up()
    ended = await side.told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (offered.call.id, CallCause.HANGUP)
    await side.connector.calls.hangup(offered.call.id)
    with pytest.raises(ConnectorError) as caught:
        await side.connector.calls.answer(offered.call.id, "v=0\r\n")
    assert caught.value.lasting


async def test_a_call_that_the_caller_gives_up(side: Side) -> None:
    await side.person.call("v=0\r\n")
    await side.told.first(CallOffered)
    await side.person.hang_up()
    assert (await side.told.first(CallEnded)).cause is CallCause.CANCELLED


@pytest.mark.parametrize(
    ("decline", "cause"),
    [
        (DeclineCause.REJECTED, CallCause.DECLINED),
        (DeclineCause.BUSY, CallCause.BUSY),
        (None, CallCause.ENDED),
    ],
)
async def test_what_the_bot_ends_is_told_once(
    side: Side, decline: DeclineCause | None, cause: CallCause
) -> None:
    await side.person.call("v=0\r\n")
    call_id = (await side.told.first(CallOffered)).call.id
    for _ in range(2):
        if decline:
            await side.connector.calls.decline(call_id, decline)
        else:
            await side.connector.calls.hangup(call_id)
    async with asyncio.timeout(10):
        await side.person.call_ended()
    assert (await side.told.first(CallEnded)).cause is cause
    await side.person.post("after")
    await side.told.first(MessageReceived)
    assert len(side.told.all(CallEnded)) == 1
