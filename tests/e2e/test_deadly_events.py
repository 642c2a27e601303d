"""A message that kills the process which deals with it, as a fault in a C library does."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.cli.shipped import front_desk
from botkit.model.errors import WorldError
from botkit.store import SqliteStore
from botkit.testing.process import BotProcess
from botkit.testing.world import World

BOT = """\
bot: desk
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
handlers: [handlers.py]
store: sqlite:///bot.db
"""
HANDLERS = """\
import os

from botkit import Context, hook
from botkit.events import MessageReceived


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    if message.text == "deadly":
        os.abort()
    await ctx.say(f"heard: {message.text}")
"""


async def heard(events: asyncio.Queue[CircuitEvent], bot_id: str) -> str:
    """The next thing that the bot says."""
    while True:
        event = await events.get()
        if isinstance(event, ItemAdded) and event.added.item.author_id == bot_id:
            return event.added.item.text


@pytest.mark.chaos
async def test_the_third_process_that_dies_of_a_message_is_the_last(tmp_path: Path) -> None:
    world = World(front_desk(), state=tmp_path)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(world.close)
        await world.sandbox.start()  # and no bot of its own
        (tmp_path / "secret").write_text(world.tenant.bots[0].client_secret.reveal())
        (tmp_path / "handlers.py").write_text(HANDLERS)
        (tmp_path / "bot.yaml").write_text(BOT.replace("DOMAIN", world.sandbox.address))
        bot_id = world.tenant.user_id(world.tenant.bots[0].email)
        bot = BotProcess(tmp_path / "bot.yaml")
        ann, ben = await world.person("ann@example.com"), await world.person("ben@example.com")
        try:
            await bot.start()
            anns = (await ann.conversations.direct(bot_id)).conversation.id
            bens = (await ben.conversations.direct(bot_id)).conversation.id
            async with ann.events() as to_ann, ben.events() as to_ben, asyncio.timeout(90):
                await ann.items.post(anns, "deadly")
                await ben.items.post(bens, "hello")
                assert await bot.ended() == -signal.SIGABRT
                for _ in range(2):
                    with suppress(WorldError):  # it may be dead before it is ready
                        await bot.start()
                        assert await bot.ended() == -signal.SIGABRT
                await bot.start()
                await ann.items.post(anns, "and now?")
                assert await heard(to_ann, bot_id) == "heard: and now?"
                assert await heard(to_ben, bot_id) == "heard: hello"
            await bot.stop()
        finally:
            await bot.kill()
        store = SqliteStore(tmp_path / "bot.db")
        await store.open()
        (letter,) = await store.dead_letters()
        await store.close()
        assert letter.cause == "3 processes died while they dealt with it"
        assert b"deadly" in letter.payload
