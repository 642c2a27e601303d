"""A bot on a sandbox likes what a person wrote: over the wire, and the person's client is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from botkit.circuit import actions, read
from botkit.circuit.events import CircuitEvent, ItemAdded, ItemUpdated
from botkit.testing.world import World

BOT = """\
bot: reports
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [report.yaml]
"""
REPORT = """\
flow: report
start: [mention]
slots:
  text: {ask: What has happened?}
steps:
  - collect: [text]
    as: questions
  - react: like
  - end: Thank you.
"""


async def test_a_message_is_liked_before_the_answer_to_it(tmp_path: Path) -> None:
    bot_file = tmp_path / "bot.yaml"
    bot_file.write_text(BOT, encoding="utf-8")
    (tmp_path / "report.yaml").write_text(REPORT, encoding="utf-8")
    async with World(bot_file, state=tmp_path / "state") as world, asyncio.timeout(60):
        ann = await world.person("ann@example.com")
        bot = world.live_bot.connector.me.id
        room = (await ann.conversations.direct(bot)).conversation.id

        async with ann.events() as heard:

            async def next_of_the_bot() -> ItemAdded | ItemUpdated:
                while True:
                    event: CircuitEvent = await heard.get()
                    if isinstance(event, ItemUpdated):
                        return event
                    if isinstance(event, ItemAdded) and event.added.item.author_id == bot:
                        return event

            await ann.items.post(room, "Hello")
            await next_of_the_bot()
            report = await ann.items.post(room, "The lift is broken.")
            liked, thanks = await next_of_the_bot(), await next_of_the_bot()
            assert isinstance(liked, ItemUpdated)
            assert liked.updated.item.id == report.item.id
            assert isinstance(thanks, ItemAdded)
            assert thanks.added.item.text == "Thank you."
        stands = await ann.request(actions.GET_ITEM_BY_ID, {"itemId": report.item.id})
        text = read.obj(read.obj(stands, "item"), "text")
        assert read.strings(text, "likedByUsers") == (bot,)
