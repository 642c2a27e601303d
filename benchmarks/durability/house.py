"""A sandbox, a ticket system, the shipped flows in a bot of their own, and the control's fault."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web

from botkit.cli.shipped import front_desk
from botkit.testing.world import World

from .ordeal import Ordeal

BOT = """\
bot: desk
platform:
  connector: CONNECTOR
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [FLOWS/reception.yaml, FLOWS/helpdesk.yaml]
handlers: [handlers.py]
config:
  reception: {operator: olivia@example.com}
  helpdesk: {desk: olivia@example.com, api: "API"}
secrets: {helpdesk: file:secret}
http: {allow: [127.0.0.1]}
store: STORE
"""

TICKET = {"id": "N1"}

HANDLERS = '''\
from botkit import hook, step_handler


@step_handler
def find_agent(topic: str) -> str:
    return "ben@example.com"


class Stutter:
    """Stands for the connector or its chat, and posts every third message twice."""

    posts = 0

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return Stutter(self.inner.chat) if name == "chat" else getattr(self.inner, name)

    async def post(self, message, attachments=()):
        Stutter.posts += 1
        if Stutter.posts % 3 == 0:
            await self.inner.post(message, attachments)
        return await self.inner.post(message, attachments)


class StutterFactory:
    name = "stutter"

    def build(self, settings, where, folder):
        from botkit.circuit.plugin import CircuitFactory

        return Stutter(CircuitFactory().build(settings, where, folder))


@hook
def register_connectors():
    return [StutterFactory()]
'''


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
    folder: Path, *, stutter: bool = False, store: str = "sqlite:///bot.db"
) -> AsyncGenerator[Ordeal]:
    """A sandbox and a bot process on the shipped flows, both in `folder`. `stutter`: the control's fault."""
    async with AsyncExitStack() as closing:
        world = World(front_desk(), state=folder)
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        tickets = await closing.enter_async_context(ticket_system())
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        (folder / "handlers.py").write_text(HANDLERS)
        bot_file = folder / "bot.yaml"
        text = BOT.replace("DOMAIN", world.sandbox.address)
        text = text.replace("STORE", store)
        text = text.replace("API", tickets).replace("FLOWS", str(front_desk().parents[2] / "flows"))
        bot_file.write_text(text.replace("CONNECTOR", "stutter" if stutter else "circuit"))

        ann = await world.person("ann@example.com")
        (room,) = [each for each in await ann.conversations.latest() if each.conversation.topic]
        answers = {f"{tickets}/tickets": TICKET}
        rig = Ordeal(world, bot_file, ann, room.conversation.id, answers)
        closing.push_async_callback(rig.bot.kill)
        await rig.bot.start()
        yield rig
