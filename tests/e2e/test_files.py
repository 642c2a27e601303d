"""A person sends a file to a bot on a sandbox, and the bot posts it on: over the wire, through the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.ports.connector import Attachment
from botkit.testing.world import World

BOT = """\
bot: claims
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [claim.yaml]
"""
CLAIM = """\
flow: claim
start: [mention]
slots:
  photo: {type: file, ask: Please send a photo.}
steps:
  - collect: [photo]
  - post: "{{ photo.name }}, {{ photo.size }} bytes"
    files: [photo]
  - end: Thank you.
"""
PHOTO = Attachment(name="photo \u00fc.jpg", content_type="image/jpeg", data=bytes(range(256)) * 4_000)


async def test_a_file_comes_in_and_goes_on(tmp_path: Path) -> None:
    bot_file = tmp_path / "bot.yaml"
    bot_file.write_text(BOT, encoding="utf-8")
    (tmp_path / "claim.yaml").write_text(CLAIM, encoding="utf-8")
    async with World(bot_file, state=tmp_path / "state") as world, asyncio.timeout(60):
        ann = await world.person("ann@example.com")
        room = (await ann.conversations.direct(world.live_bot.connector.me.id)).conversation.id

        async with ann.events() as heard:

            async def answer() -> TextItem:
                while True:
                    event: CircuitEvent = await heard.get()
                    if isinstance(event, ItemAdded) and event.added.item.author_id != ann.me.id:
                        return event.added

            await ann.items.post(room, "Hello")
            assert (await answer()).item.text == "Please send a photo."
            await ann.items.post(room, "", files=await ann.files.upload([PHOTO]))
            posted = await answer()
            assert posted.item.text == f"photo \u00fc.jpg, {len(PHOTO.data)} bytes"
            (file,) = posted.files
            assert file.name.endswith(".jpg")
            assert await ann.files.download(file) == PHOTO.data
            assert (await answer()).item.text == "Thank you."
