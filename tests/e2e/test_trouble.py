"""The whole bot on a sandbox, when the world is not as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.circuit import CircuitSession
from botkit.circuit.errors import CallFailed
from botkit.circuit.events import ItemAdded
from botkit.circuit.text import Mention
from botkit.cli.shipped import front_desk
from botkit.model.calls import CallCause
from botkit.testing.caller import Caller
from botkit.testing.phone import Phone
from botkit.testing.world import World

NO_AUDIO = """\
v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 127.0.0.1
a=rtpmap:96 VP8/90000
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(front_desk(), state=tmp_path) as world:
        yield world


async def greeting(world: World, person: CircuitSession) -> str:
    """What the bot answers to a plea for help."""
    bot = world.live_bot.connector.me
    direct = await person.conversations.direct(bot.id)
    async with person.events() as events, asyncio.timeout(30):
        await person.items.post(direct.conversation.id, "help", mentions=[Mention(bot.id, bot.display_name)])
        while True:
            event = await events.get()
            if isinstance(event, ItemAdded) and event.added.item.author_id == bot.id:
                return event.added.item.text


@pytest.mark.parametrize("sdp", ["nonsense", NO_AUDIO], ids=["no SDP", "no audio"])
async def test_an_offer_that_cannot_be_answered_is_declined_and_the_bot_lives(world: World, sdp: str) -> None:
    ann, ben = await world.person("ann@example.com"), await world.person("ben@example.com")
    bot = world.live_bot.connector.me
    direct = await ann.conversations.direct(bot.id)
    async with asyncio.timeout(30):
        call = await ann.calls.dial(direct.conversation.id, sdp)
        with pytest.raises(CallFailed) as failed:
            await call.answered()
    assert failed.value.cause in (CallCause.DECLINED, CallCause.FAILED)

    phone = Phone(ben, Caller())
    await phone.dial((await ben.conversations.direct(bot.id)).conversation.id)
    await phone.hang_up()
    assert await greeting(world, ann) == "Welcome to Example Ltd."
    left = await world.live_bot.store.open_sessions("call:")
    assert [row.id for row in left if direct.rtc_session_id in row.id] == []


@pytest.mark.chaos
async def test_a_bot_whose_token_expired_logs_on_anew(world: World) -> None:
    """Its next logon is refused by cookie and by token; it gets new ones and goes on."""
    ann = await world.person("ann@example.com")
    bot_id = world.live_bot.connector.me.id
    world.sandbox.revoke(bot_id)
    assert world.sandbox.drop_connections(bot_id) == 1
    assert await greeting(world, ann) == "Welcome to Example Ltd."
