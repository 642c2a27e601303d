"""The plugin to copy: it greets, and keeps the greeting from flows."""

from __future__ import annotations

import botkit_hello
from botkit.app import Bot
from botkit.testing import FakeConnector, ScriptedPerson


async def test_it_greets_whoever_says_hello(connector: FakeConnector, person: ScriptedPerson) -> None:
    bot = Bot(connector=connector, handlers=[botkit_hello], store="sqlite:///:memory:")
    await bot.start()
    try:
        room = connector.platform.add_group("Room", [person.user])
        await person.mention("Hello!", to=room)
        assert (await person.next_message()).item.text == "Hello Ada!"
        await person.mention("what is the time?", to=room)
        await person.mention("hi", to=room)
        assert (await person.next_message()).item.text == "Hello Ada!"
    finally:
        await bot.stop()
    assert person.unread() == []
