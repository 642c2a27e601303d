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
from botkit.model.calls import CallCause
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
"""A fault of the control: a bot that looks after no call of the last process."""
TALKATIVE = """\
from botkit.circuit.chat import CircuitChat

post = CircuitChat.post


async def twice(self, message, attachments=()):
    await post(self, message, attachments)
    return await post(self, message, attachments)


CircuitChat.post = twice
"""
"""Another one: it posts all twice."""
HUNG_UP = "A guest hung up in the middle of: nothing yet."
LOOK = 0.1
"""Seconds between two looks at what the desk has to read."""
PATIENCE, HOPELESS = 10.0, 4.0
"""Seconds until a caller hears that it is over, and the desk reads of it; with a fault."""


class DeafPhone(Phone):
    """A fault of the control: nobody tells it that the call is over."""

    async def over(self, timeout: float = 60.0) -> CallCause:
        await asyncio.sleep(timeout)
        raise TimeoutError


class Calls:
    """The bot that is killed, the guest, and the desk."""

    def __init__(
        self,
        world: World,
        bot: BotProcess,
        guest: CircuitSession,
        desk: CircuitSession,
        dice: random.Random,
        patience: float,
    ) -> None:
        """`patience`: seconds until nobody hopes that the caller hears and the desk reads that it is over."""
        self.bot = bot
        self.kills = 0
        self.unended = 0
        """Calls whose caller heard no end."""
        self.lost = 0
        """Calls of whose end the desk did not read."""
        self.doubled = 0
        """How often it read once more of one."""
        self._guest = guest
        self._desk = desk
        self._dice = dice
        self._patience = patience
        self._bot_id = world.tenant.user_id(world.tenant.bots[0].email)

    async def suffer(self, calls: int, make: type[Phone] = Phone) -> None:
        """So many calls, the bot killed in each."""
        direct = await self._guest.conversations.direct(self._bot_id)
        for _ in range(calls):
            before = await self.told()
            phone = make(self._guest)
            try:
                await phone.dial(direct.conversation.id)
                await phone.caller.until_prompt()
                await self.bot.kill(after=self._dice.uniform(0.0, 1.0))
                self.kills += 1
                await self.bot.start()
                await phone.over(self._patience)
            except TimeoutError:
                self.unended += 1
            finally:
                with suppress(CircuitError):
                    await phone.hang_up()
            self.lost += not await self._read(before)
        await self.bot.stop()  # so that whatever is still to be said was said
        self.doubled = max(await self.told() - (self.kills - self.lost), 0)

    async def told(self) -> int:
        """How often the desk has read that a guest is gone."""
        direct = await self._desk.conversations.direct(self._bot_id)
        since = SystemClock().now() - timedelta(hours=1)
        items = await self._desk.items.since(direct.conversation.id, since)
        return sum(each.item.text == HUNG_UP for each in items)

    async def _read(self, before: int) -> bool:
        """Whether the desk reads once more of an end, within its patience."""
        for _ in range(round(self._patience / LOOK)):
            if await self.told() > before:
                return True
            await asyncio.sleep(LOOK)
        return False


@asynccontextmanager
async def calls(folder: Path, *, fault: str = "", seed: int = 7) -> AsyncGenerator[Calls]:
    """A sandbox and the hotel's bot in `folder`. `fault`: what its handlers file does to it."""
    async with AsyncExitStack() as closing:
        world = World(HOTEL / "bot.yaml", state=folder)
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        shutil.copy(HOTEL / "flows" / "hotel.yaml", folder)
        (folder / "handlers.py").write_text(fault)
        bot_file = folder / "bot.yaml"
        bot_file.write_text(BOT.replace("DOMAIN", world.sandbox.address))
        bot = BotProcess(bot_file)
        closing.push_async_callback(bot.kill)
        await bot.start()
        guest = await world.person("ann@example.com")
        desk = await world.person("olivia@example.com")
        yield Calls(world, bot, guest, desk, random.Random(seed), HOPELESS if fault else PATIENCE)


async def call_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Calls that were cut off, whose caller heard no end, and how often the desk reads of each."""
    kills = unended = lost = doubled = 0
    for number, fault in enumerate((FORGETFUL, TALKATIVE) if control else ("",)):
        own = folder / str(number)
        own.mkdir()
        async with calls(own, fault=fault) as rig:
            await rig.suffer(1 if quick or control else 8, DeafPhone if control else Phone)
        kills, unended = kills + rig.kills, unended + rig.unended
        lost, doubled = lost + rig.lost, doubled + rig.doubled
    return [
        Figure(name="call_kills", value=kills, unit="kills"),
        Figure(name="calls_that_heard_no_end", value=unended, unit="calls", limit=0),
        Figure(name="call_ends_lost", value=lost, unit="calls", limit=0),
        Figure(name="call_ends_doubled", value=doubled, unit="calls", limit=0),
    ]
