"""Calls to a hotel whose bot is killed in mid-call: guests hear that it is over, and the desk reads it.

The bot is a process of its own, the guest a WebRTC caller. A call lives as long as its process; what is left
of it afterwards is its session, whose `hangup` steps run once.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from benchmarks import Figure
from botkit.circuit import CircuitSession
from botkit.circuit.errors import CircuitError
from botkit.ports.system_clock import SystemClock
from botkit.testing.phone import Phone
from botkit.testing.process import BotProcess
from botkit.testing.world import World

HOTEL = Path(__file__).parents[2] / "examples" / "hotel"
BOT = """\
bot: hotel
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [hotel.yaml]
handlers: [handlers.py]
config:
  hotel: {desk: olivia@example.com}
store: sqlite:///bot.db
"""
FORGETFUL = """\
from botkit.store.sqlite import SqliteStore


async def none(self, prefix):
    return ()


SqliteStore.open_sessions = none
"""
"""The control's fault: a bot that looks after no call of the last process."""
HUNG_UP = "A guest hung up in the middle of: nothing yet."
LOOK = 0.1
"""Seconds between two looks at what the desk has to read."""
PATIENCE = 10.0
"""Seconds until a caller hears that it is over, and the desk reads of it."""


class Calls:
    """The bot that is killed, the guest, and the desk."""

    def __init__(
        self, world: World, bot: BotProcess, guest: CircuitSession, desk: CircuitSession, dice: random.Random
    ) -> None:
        self.bot = bot
        self.kills = 0
        self.unended = 0
        """Calls whose caller heard no end."""
        self._guest = guest
        self._desk = desk
        self._dice = dice
        self._bot_id = world.tenant.user_id(world.tenant.bots[0].email)

    async def suffer(self, calls: int) -> None:
        """So many calls, the bot killed in each."""
        direct = await self._guest.conversations.direct(self._bot_id)
        for _ in range(calls):
            phone = Phone(self._guest)
            try:
                await phone.dial(direct.conversation.id)
                await phone.caller.until_prompt()
                await self.bot.kill(after=self._dice.uniform(0.0, 1.0))
                self.kills += 1
                await self.bot.start()
                await phone.over(PATIENCE)
            except TimeoutError:
                self.unended += 1
            finally:
                with suppress(CircuitError):
                    await phone.hang_up()
            await self._read(self.kills)

    async def told(self) -> int:
        """How often the desk has read that a guest is gone."""
        direct = await self._desk.conversations.direct(self._bot_id)
        since = SystemClock().now() - timedelta(hours=1)
        items = await self._desk.items.since(direct.conversation.id, since)
        return sum(each.item.text == HUNG_UP for each in items)

    async def _read(self, times: int) -> None:
        """Return once the desk has read that often of it, or nobody can hope for it any more."""
        for _ in range(round(PATIENCE / LOOK)):
            if await self.told() >= times:
                return
            await asyncio.sleep(LOOK)


@asynccontextmanager
async def calls(folder: Path, *, forgetful: bool = False, seed: int = 7) -> AsyncGenerator[Calls]:
    """A sandbox and the hotel's bot in `folder`. `forgetful`: the control's fault."""
    async with AsyncExitStack() as closing:
        world = World(HOTEL / "bot.yaml", state=folder)
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        shutil.copy(HOTEL / "flows" / "hotel.yaml", folder)
        (folder / "handlers.py").write_text(FORGETFUL if forgetful else "")
        bot_file = folder / "bot.yaml"
        bot_file.write_text(BOT.replace("DOMAIN", world.sandbox.address))
        bot = BotProcess(bot_file)
        closing.push_async_callback(bot.kill)
        await bot.start()
        guest = await world.person("ann@example.com")
        desk = await world.person("olivia@example.com")
        yield Calls(world, bot, guest, desk, random.Random(seed))


async def call_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Calls that were cut off, whose caller heard no end, and how often the desk reads of each."""
    async with calls(folder, forgetful=control) as rig:
        await rig.suffer(1 if quick or control else 8)
        told = await rig.told()
    return [
        Figure(name="call_kills", value=rig.kills, unit="kills"),
        Figure(name="calls_that_heard_no_end", value=rig.unended, unit="calls", limit=0),
        Figure(name="call_ends_lost", value=max(rig.kills - told, 0), unit="calls", limit=0),
        Figure(name="call_ends_doubled", value=max(told - rig.kills, 0), unit="calls", limit=0),
    ]
