"""A bot that calls people, on a sandbox: by itself, and to put callers through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.session import CircuitSession
from botkit.model.calls import CallCause
from botkit.model.tones import tone
from botkit.testing.phone import Callee, Phone
from botkit.testing.world import World

BOT = """\
bot: switchboard
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [alarm.yaml, exchange.yaml]
"""
ALARM = """\
flow: alarm
start: [mention]
steps:
  - dial: olivia@example.com
    flow: wake
    into: reply
    outcomes:
      otherwise:
        - end: "{{ event.name }}"
  - end: "Coming: {{ reply.coming }}"
flows:
  wake:
    outputs: [coming]
    slots:
      coming: {type: yes_no, ask: There is an alarm. Are you coming?}
    steps:
      - collect: [coming]
      - end: Thank you.
"""
EXCHANGE = """\
flow: exchange
start: [call_incoming]
steps:
  - say: One moment.
  - transfer: olivia@example.com
    outcomes:
      otherwise:
        - end: Nobody is free.
  - end: Goodbye.
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    for name, text in [("bot.yaml", BOT), ("alarm.yaml", ALARM), ("exchange.yaml", EXCHANGE)]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    async with World(tmp_path / "bot.yaml", state=tmp_path / "state") as world, asyncio.timeout(60):
        yield world


@pytest.fixture
async def olivia(world: World) -> AsyncIterator[Callee]:
    callee = Callee(await world.person("olivia@example.com"))
    yield callee
    await callee.hang_up()


@pytest.fixture
async def ann(world: World) -> CircuitSession:
    return await world.person("ann@example.com")


async def raise_alarm(world: World, ann: CircuitSession) -> asyncio.Queue[str]:
    """What the bot writes to Ann from now on."""
    bot = world.live_bot.connector.me.id
    said: asyncio.Queue[str] = asyncio.Queue()

    def hear(event: CircuitEvent) -> None:
        if isinstance(event, ItemAdded) and event.added.item.author_id == bot:
            said.put_nowait(event.added.item.text)

    ann.listen(hear)
    direct = await ann.conversations.direct(bot)
    await ann.items.post(direct.conversation.id, "alarm")
    return said


async def test_somebody_is_called_asked_and_heard(world: World, olivia: Callee, ann: CircuitSession) -> None:
    said = await raise_alarm(world, ann)
    await olivia.pick_up()
    await olivia.caller.until_prompt(start=0)
    await olivia.caller.press("1")
    assert await said.get() == "Coming: yes"
    await olivia.over()
    assert not await world.live_bot.store.open_sessions("")


@pytest.mark.parametrize(
    ("cause", "outcome"), [("BUSY", "busy"), ("DECLINE", "declined"), ("TIMEOUT", "no_answer")]
)
async def test_somebody_does_not_take_it(
    world: World, olivia: Callee, ann: CircuitSession, cause: str, outcome: str
) -> None:
    said = await raise_alarm(world, ann)
    await olivia.decline(cause)
    assert await said.get() == f"error.dial.{outcome}"


async def test_a_caller_is_put_through(world: World, olivia: Callee, ann: CircuitSession) -> None:
    direct = await ann.conversations.direct(world.live_bot.connector.me.id)
    phone = Phone(ann)
    try:
        await phone.dial(direct.conversation.id)
        await olivia.pick_up()
        await olivia.caller.until_quiet()
        heard = len(olivia.caller.packets)
        await phone.caller.say(tone((700,), 1.0))
        await olivia.caller.until_prompt(start=heard)
        await phone.caller.until_quiet()
        heard = len(phone.caller.packets)
        await olivia.caller.say(tone((900,), 1.0))
        await phone.caller.until_prompt(start=heard)
        await olivia.hang_up()
        assert await phone.over() is CallCause.HANGUP
        assert not await world.live_bot.store.open_sessions("")
    finally:
        await phone.hang_up()
