"""Two processes of a bot on one database: one works, one waits, and takes over when the first is killed.

A schedule comes each second; each of its moments has to be told once, whoever lives just then.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import Figure
from botkit.ports.system_clock import SystemClock
from botkit.testing.process import BotProcess
from botkit.testing.world import World

BOT = """\
bot: clock
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [seconds.yaml]
handlers: [handlers.py]
store: sqlite:///bot.db
"""
FLOW = """\
flow: seconds
start:
  - schedule: {every: 1s, misses: run_all}
steps:
  - post: "{{ event.due }}"
    to: ann@example.com
"""
FAULT = """\
from botkit.circuit.chat import CircuitChat

post, posts = CircuitChat.post, []


async def faulty(self, message, attachments=()):
    posts.append(message)
    if len(posts) % 3 == 0:
        await post(self, message, attachments)
    if len(posts) % 3 == 2:
        return await post(self, posts[0], attachments)
    return await post(self, message, attachments)


CircuitChat.post = faulty
"""
"""The control's: some moments it tells twice, others not."""
ALIVE = (0.5, 3.0)
"""Seconds from a process's readiness to its death."""
SETTLED = 3.0
"""Seconds in which the last process tells what is left."""


async def takeover_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Moments lost and doubled while processes are killed, each of which had one on standby."""
    kills = 2 if quick or control else 20
    bot_file = folder / "bot.yaml"
    bot_file.write_text(BOT)
    world = World(bot_file, state=folder)
    await world.sandbox.start()
    try:
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        (folder / "seconds.yaml").write_text(FLOW)
        (folder / "handlers.py").write_text(FAULT if control else "")
        bot_file.write_text(BOT.replace("DOMAIN", world.sandbox.address))
        await _suffer(bot_file, kills)
        told = await _told(world)
    finally:
        await world.close()
    moments = {datetime.fromisoformat(text) for text in told}
    span = round((max(moments) - min(moments)).total_seconds()) + 1
    return [
        Figure(name="takeovers", value=kills, unit="kills"),
        Figure(name="takeover_moments", value=span, unit="moments"),
        Figure(name="takeover_lost", value=span - len(moments), unit="moments", limit=0),
        Figure(name="takeover_doubled", value=told.total() - len(told), unit="moments", limit=0),
    ]


async def _suffer(bot_file: Path, kills: int) -> None:
    """So often kill the one that works. The other is on standby by then, or still on its way to it."""
    dice = random.Random(kills)
    working = BotProcess(bot_file, "--standby")
    await working.start()
    waiting = working
    try:
        for _ in range(kills):
            waiting = BotProcess(bot_file, "--standby")
            taking_over = asyncio.create_task(waiting.start())
            await working.kill(after=dice.uniform(*ALIVE))
            await taking_over
            working = waiting
        await asyncio.sleep(SETTLED)
        await working.stop()
    finally:
        await working.kill()
        await waiting.kill()


async def _told(world: World) -> Counter[str]:
    ann = await world.person("ann@example.com")
    bot_id = world.tenant.user_id(world.tenant.bots[0].email)
    direct = await ann.conversations.direct(bot_id)
    items = await ann.items.since(direct.conversation.id, SystemClock().now() - timedelta(hours=1))
    return Counter(each.item.text for each in items if each.item.author_id == bot_id)
