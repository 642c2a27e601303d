"""Each example does what its README says, on a sandbox of its own, and its one line runs."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.model.calls import CallCause
from botkit.testing.phone import Phone
from botkit.testing.world import World
from tests.cli.commands import command

EXAMPLES = Path(__file__).parents[2] / "examples"
ANN, BEN, OLIVIA = "ann@example.com", "ben@example.com", "olivia@example.com"


class Talk:
    """One person's direct conversation with the bot."""

    def __init__(
        self, world: World, person: CircuitSession, place: str, events: asyncio.Queue[CircuitEvent]
    ) -> None:
        self._person = person
        self._place = place
        self._events = events
        self._bot = world.live_bot.connector.me

    async def write(self, text: str) -> None:
        await self._person.items.post(self._place, text)

    async def submit(self, asked: TextItem, values: Mapping[str, str]) -> None:
        assert asked.form is not None
        await self._person.forms.submit(asked.item.id, asked.form.id, values)

    async def hears(self, text: str) -> TextItem:
        """The bot's next message, which says this."""
        async with asyncio.timeout(30):
            while True:
                event = await self._events.get()
                if isinstance(event, ItemAdded) and event.added.item.author_id == self._bot.id:
                    assert event.added.item.text == text
                    return event.added


@asynccontextmanager
async def talk(world: World, email: str) -> AsyncIterator[Talk]:
    person = await world.person(email)
    direct = await person.conversations.direct(world.live_bot.connector.me.id)
    async with person.events() as events:
        yield Talk(world, person, direct.conversation.id, events)


async def test_chatbot(tmp_path: Path) -> None:
    async with World(EXAMPLES / "chatbot" / "bot.yaml", state=tmp_path) as world, talk(world, ANN) as ann:
        await ann.write("ping")
        await ann.hears("pong")

        await ann.write("lunch")
        await ann.submit(await ann.hears("Please fill in this form."), {"dish": "pasta", "guests": "3"})
        await ann.hears("3 x pasta is 24.00 euros. Shall I order it?")
        await ann.write("yes")
        await ann.hears("Ordered, Ann Archer. Enjoy your meal!")


async def test_ivr(tmp_path: Path) -> None:
    async with World(EXAMPLES / "ivr" / "bot.yaml", state=tmp_path) as world, talk(world, OLIVIA) as desk:
        ben = await world.person(BEN)
        direct = await ben.conversations.direct(world.live_bot.connector.me.id)
        phone = Phone(ben)
        try:
            await phone.dial(direct.conversation.id)
            await phone.caller.until_prompt()
            await phone.caller.press("2")
            await phone.caller.until_quiet()
            await phone.caller.until_prompt()
            for key in "70421#":
                await phone.caller.press(key)
            await desk.hears("Ben Baker asks for prescription 70421 again.")
            assert await phone.over() is CallCause.HANGUP
        finally:
            await phone.hang_up()


async def test_languages(tmp_path: Path) -> None:
    async with World(EXAMPLES / "languages" / "bot.yaml", state=tmp_path) as world, talk(world, ANN) as ann:
        await ann.write("hello")
        await ann.hears("Welcome to the city museum.")
        await ann.submit(await ann.hears("English? Deutsch?"), {"choice": "de"})
        await ann.hears("Was können wir für Sie tun?")
        await ann.write("Karten")
        await ann.hears("Wie viele Karten brauchen Sie?")
        await ann.write("keine")
        await ann.hears("Entschuldigung, das habe ich nicht verstanden.")
        await ann.hears("Wie viele Karten brauchen Sie?")
        await ann.write("1")
        await ann.hears("1 Karte liegt für Sie an der Kasse bereit.")
        await ann.hears("Bis bald.")


def on_another_port(example: Path, old: int, folder: Path) -> Path:
    """A copy of an example with a port of its own, since tests run side by side; its bot.yaml."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    copied = folder / "examples" / example.name
    shutil.copytree(example, copied)
    (folder / "flows").symlink_to(example.parents[1] / "flows")
    for file in (*copied.glob("*.py"), copied / "bot.yaml"):
        file.write_text(file.read_text().replace(str(old), str(port)))
    return copied / "bot.yaml"


async def test_frontdesk(tmp_path: Path) -> None:
    bot_file = on_another_port(EXAMPLES / "frontdesk", 8091, tmp_path)
    async with (
        World(bot_file, state=tmp_path) as world,
        talk(world, ANN) as ann,
        talk(world, BEN) as ben,
    ):
        await ann.write("my laptop has a problem")
        asked = await ann.hears("I am sorry to hear that. Tell me more, and I will make a ticket.")
        await ann.submit(asked, {"topic": "network", "details": "No signal."})
        await ann.hears("Does it keep you from working?")
        await ann.write("yes")
        await ann.hears("No signal.: shall I send that?")
        await ann.write("send it")
        await ben.hears("Ann Archer needs help with network: No signal.")
        await ann.hears("I marked it as urgent.")
        await ann.hears("Your ticket is number N1001.")


async def test_notifier(tmp_path: Path) -> None:
    bot_file = on_another_port(EXAMPLES / "notifier", 8443, tmp_path)
    reminder = bot_file.parent / "flows" / "reminder.yaml"
    reminder.write_text(reminder.read_text().replace("every: 1m", "every: 1s"))
    async with World(bot_file, state=tmp_path) as world:
        ann = await world.person(ANN)
        async with ann.events() as events, asyncio.timeout(30):
            texts = [await answer(events) for _ in range(2)]
        assert all(text.endswith("UTC: water the plants, please.") for text in texts)


async def test_pure_python(tmp_path: Path) -> None:
    world = World(EXAMPLES / "frontdesk" / "bot.yaml", state=tmp_path)
    await world.sandbox.start()
    account = world.tenant.bots[0]
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLES / "pure_python" / "bot.py",
        cwd=tmp_path,
        env={
            **os.environ,
            "BOT_DOMAIN": f"127.0.0.1:{world.sandbox.port}",
            "BOT_TRUST": str(world.sandbox.certificate),
            "BOT_CLIENT_ID": account.client_id,
            "BOT_CLIENT_SECRET": account.client_secret.reveal(),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert bot.stdout is not None
        async with asyncio.timeout(30):
            assert (await bot.stdout.readline()).startswith(b"Ready.")
        person = await world.person(ANN)
        address = account.email
        direct = await person.conversations.direct((await person.users.by_email(address)).id)
        async with person.events() as events, asyncio.timeout(30):
            await person.items.post(direct.conversation.id, "3d6, please")
            assert re.fullmatch(r"Ann throws (\d \+ ){2}\d = \d+", await answer(events))
            await person.items.post(direct.conversation.id, "tally")
            assert await answer(events) == "Ann Archer: 1"
    finally:
        bot.send_signal(signal.SIGINT)
        _, told = await bot.communicate()
        await world.close()
    assert (bot.returncode, told) == (0, b"")


async def answer(events: asyncio.Queue[CircuitEvent]) -> str:
    """What somebody else posts next."""
    while True:
        event = await events.get()
        if isinstance(event, ItemAdded) and not event.added.item.text.startswith(("3d6", "tally")):
            return event.added.item.text


@pytest.mark.parametrize("name", sorted(file.parent.name for file in EXAMPLES.glob("*/bot.yaml")))
async def test_its_one_line_runs(name: str, tmp_path: Path) -> None:
    """Of its README, with the example's path and free ports in place."""
    (line,) = re.findall(r"^    botkit (.*)$", (EXAMPLES / name / "README.md").read_text(), re.MULTILINE)
    root = EXAMPLES.parent
    arguments = [root / word if "/" in word else word for word in shlex.split(line)]
    async with command(*arguments, "--port", 0, "--page-port", 0, cwd=tmp_path) as running:
        await running.until("Ctrl-C")
        outcome = await running.end(signal.SIGINT)
    assert outcome.code == 0, outcome.err
    assert (EXAMPLES / name / "bot.yaml").read_text().startswith("#")
