"""Two bots that answer everything, with each other: they come to an end, and people are answered still."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

from botkit import Bot
from botkit.app import hooks_of
from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.model.secret import Secret
from botkit.ports.store import Store
from botkit.sandbox.tenant import Tenant, TenantBot, TenantConversation
from botkit.settings import read_settings
from botkit.store import SqliteStore
from botkit.testing.world import World

BOT = """\
bot: NAME
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: file:y}
handlers: [handlers.py]
limits: {bot_messages: 5/m}
"""
HANDLERS = """\
from botkit import Context, hook
from botkit.events import MessageReceived


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    if message.text == "write to the other":
        if "NAME" == "one":
            await ctx.post("Hello!", to="two@example.com")
    else:
        await ctx.say("NAME heard that")
"""
ANSWERED = 5
"""Messages that each bot answers of the other."""


def bot_file(folder: Path, name: str) -> Path:
    folder.mkdir()
    (folder / "handlers.py").write_text(HANDLERS.replace("NAME", name))
    (folder / "bot.yaml").write_text(BOT.replace("NAME", name))
    return folder / "bot.yaml"


def tenant() -> Tenant:
    demo = Tenant.demo()
    account = {"last_name": "bot", "client_secret": Secret("x" * 32)}
    bots = [
        TenantBot(client_id=name, email=f"{name}@example.com", first_name=name, **account)
        for name in ("one", "two")
    ]
    members = ["ann@example.com", *(bot.email for bot in bots)]
    room = TenantConversation(topic="Everybody", members=members)
    return demo.model_copy(update={"bots": bots, "conversations": [room]})


def second_bot(world: World, file: Path, store: SqliteStore) -> Bot:
    settings = read_settings(file, with_platform=False)
    hooks = hooks_of(settings)
    account = world.tenant.bots[1]
    platform = {
        "domain": f"127.0.0.1:{world.sandbox.port}",
        "trust": str(world.sandbox.certificate.resolve()),
        "client_id": account.client_id,
        "client_secret": account.client_secret,
    }
    connector = hooks.connectors()["circuit"].build(platform, "the sandbox", file.parent)
    return Bot.from_settings(settings, hooks=hooks, connector=connector, store=store)


async def ignored(store: Store) -> list[str]:
    """Of whom messages were too much."""
    lines = [json.loads(row.data) for row in await store.journal("") if row.kind == "refused"]
    return [line["person"] for line in lines if line["why"] == "bot_messages"]


async def spoken(events: asyncio.Queue[CircuitEvent], ann: CircuitSession, number: int) -> list[str]:
    """The next messages of others."""
    heard: list[str] = []
    while len(heard) < number:
        event = await events.get()
        if isinstance(event, ItemAdded) and event.added.item.author_id != ann.me.id:
            heard.append(event.added.item.text)
    return heard


class Tripped(logging.Handler):
    """Set when a bot was too much to another the third time: once each in the room, once between the two."""

    def __init__(self) -> None:
        super().__init__()
        self._times = 0
        self._third = asyncio.Event()
        self.wait = self._third.wait

    def emit(self, record: logging.LogRecord) -> None:
        self._times += "exceeds bot_messages" in record.getMessage()
        if self._times == 3:
            self._third.set()


async def test_two_bots_that_answer_everything(tmp_path: Path) -> None:
    tripped = Tripped()
    logging.getLogger("botkit.runtime.admission").addHandler(tripped)
    one_file, two_file = bot_file(tmp_path / "one", "one"), bot_file(tmp_path / "two", "two")
    two_store = SqliteStore(tmp_path / "two.db")
    async with World(one_file, state=tmp_path / "state", tenant=tenant()) as world, asyncio.timeout(50):
        two = second_bot(world, two_file, two_store)
        await two.start()
        try:
            ann = await world.person("ann@example.com")
            (room,) = [each for each in await ann.conversations.latest() if each.conversation.topic]
            async with ann.events() as events:
                await ann.items.post(room.conversation.id, "hello")
                heard = await spoken(events, ann, 2 * (1 + ANSWERED))
                assert sorted(heard) == ["one heard that"] * 6 + ["two heard that"] * 6
                await ann.items.post(room.conversation.id, "are you still there?")
                assert sorted(await spoken(events, ann, 2)) == ["one heard that", "two heard that"]

            # With each other alone: one is asked from the room to write to two.
            await ann.items.post(room.conversation.id, "write to the other")
            await tripped.wait()
            assert await ignored(two_store) or await ignored(world.live_bot.store)
        finally:
            logging.getLogger("botkit.runtime.admission").removeHandler(tripped)
            await two.stop()
