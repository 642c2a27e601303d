"""A sandbox, a ticket system, and the shipped flows in a bot of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import yaml
from aiohttp import web

from botkit.cli.shipped import front_desk
from botkit.testing.world import World

from .ordeal import PATIENCE, Ordeal

BOT = """\
bot: desk
platform:
  connector: CONNECTOR
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [FLOWS/reception.yaml, FLOWS/helpdesk.yaml]
handlers: [house_handlers.py, MORE]
config:
  reception: {operator: olivia@example.com}
  helpdesk: {desk: olivia@example.com, api: "API"}
secrets: {helpdesk: file:secret}
http: {allow: [127.0.0.1]}
store: STORE
"""

TICKET = {"id": "N1"}

HANDLERS = """\
from botkit import step_handler


@step_handler
def find_agent(topic: str) -> str:
    return "ben@example.com"
"""
HERE = Path(__file__).parent
MORTAL, FAULTY = HERE / "mortal_handlers.py", HERE / "faulty_handlers.py"


@asynccontextmanager
async def ticket_system() -> AsyncGenerator[str]:
    """Its address; it outlives the bot. Every ticket is the same, so that the walk knows what was said."""

    async def take(request: web.Request) -> web.Response:
        return web.json_response(TICKET, status=201)

    app = web.Application()
    app.router.add_post("/tickets", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def ordeal(
    folder: Path,
    *,
    bot: Path | None = None,
    faulty: bool = False,
    store: str = "sqlite:///bot.db",
    patience: float = PATIENCE,
) -> AsyncGenerator[Ordeal]:
    """A sandbox and a bot process on shipped flows, both in `folder`: the front desk, or that of the bot.yaml
    `bot`. `faulty`: the control's faults, in place of death by a write; `patience`: see `Ordeal`."""
    async with AsyncExitStack() as closing:
        world = World(bot or front_desk(), state=folder)
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        tickets = await closing.enter_async_context(ticket_system())
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        (folder / "house_handlers.py").write_text(HANDLERS)
        bot_file = folder / "bot.yaml"
        text = BOT if bot is None else _moved(bot)
        text = text.replace("DOMAIN", world.sandbox.address)
        text = text.replace("STORE", store).replace("MORE", str(FAULTY if faulty else MORTAL))
        text = text.replace("API", tickets).replace("FLOWS", str(front_desk().parents[2] / "flows"))
        bot_file.write_text(text.replace("CONNECTOR", "stutter" if faulty else "circuit"))

        ann = await world.person("ann@example.com")
        (room,) = [each for each in await ann.conversations.latest() if each.conversation.topic]
        answers = {f"{tickets}/tickets": TICKET}
        rig = Ordeal(world, bot_file, ann, room.conversation.id, answers, patience)
        closing.push_async_callback(rig.bot.kill)
        await rig.bot.start()
        if faulty:
            (folder / "slow").touch()
        yield rig


def _moved(bot: Path) -> str:
    """A shipped bot.yaml as it has to be elsewhere, with what `ordeal` puts in."""
    content = yaml.safe_load(bot.read_text())
    content["platform"] = yaml.safe_load(BOT)["platform"]
    content["flows"] = [str(bot.parent / path) for path in content["flows"]]
    handlers = [str(bot.parent / path) for path in content.get("handlers", [])]
    content["handlers"] = [*handlers, "house_handlers.py", "MORE"]
    content["store"] = "STORE"
    return yaml.safe_dump(content)
