"""A bot that picks its callers, on a sandbox: what their phones are told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from botkit.circuit.errors import CallFailed
from botkit.model.calls import CallCause
from botkit.testing.phone import Phone
from botkit.testing.world import World

BOT = """\
bot: doorman
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [door.yaml]
"""
DOOR = """\
flow: door
start: [call_incoming]
steps:
  - switch: user.email
    cases:
      ann@example.com: [{decline: busy}]
      ben@example.com: [{decline: rejected}]
      otherwise: [answer, {wait: 1s}, end]
"""


async def test_one_is_told_busy_one_declined_and_one_is_let_in(tmp_path: Path) -> None:
    bot_file = tmp_path / "bot.yaml"
    bot_file.write_text(BOT, encoding="utf-8")
    (tmp_path / "door.yaml").write_text(DOOR, encoding="utf-8")
    async with World(bot_file, state=tmp_path / "state") as world, asyncio.timeout(60):

        async def dial(name: str) -> Phone:
            person = await world.person(f"{name}@example.com")
            direct = await person.conversations.direct(world.live_bot.connector.me.id)
            phone = Phone(person)
            try:
                await phone.dial(direct.conversation.id)
            except CallFailed:
                await phone.hang_up()
                raise
            return phone

        for name, cause in [("ann", CallCause.BUSY), ("ben", CallCause.DECLINED)]:
            with pytest.raises(CallFailed) as failed:
                await dial(name)
            assert failed.value.cause is cause
        phone = await dial("olivia")
        assert await phone.over() is CallCause.HANGUP
        await phone.hang_up()
        assert await world.live_bot.store.open_sessions("call:") == []
