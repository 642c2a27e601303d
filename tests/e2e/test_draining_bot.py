"""`botkit run` as a process that is told to end while somebody is on the phone with it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from botkit.circuit import CircuitSession
from botkit.circuit.errors import CallFailed
from botkit.model.calls import CallCause
from botkit.model.secret import Secret
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant
from botkit.testing.phone import Phone
from tests.cli.commands import command

TENANT = """\
tenant: {name: Small}
users:
  - {email: ada@example.com, password: engine, first_name: Ada}
  - {email: ben@example.com, password: engine, first_name: Ben}
bots: [{client_id: tea, client_secret: hush, email: tea@example.com, first_name: Tea}]
"""
BOT = """\
bot: tea
platform:
  {connector: circuit, domain: DOMAIN, trust: state/sandbox.pem, client_id: tea, client_secret: "${HUSH}"}
flows: [phone.yaml]
web: {listen: "127.0.0.1:PORT"}
drain: 60s
"""
PHONE = """\
flow: phone
start: [call_incoming]
steps:
  - answer
  - wait: 10m
  - end: Goodbye.
"""


class Town:
    """A platform, and the folder of a bot on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        (folder / "tenant.yaml").write_text(TENANT)
        (folder / "phone.yaml").write_text(PHONE)
        self.platform = Sandbox(
            Tenant.load(folder / "tenant.yaml"),
            port=0,
            page_port=0,
            state=folder / "state",
            clock=SystemClock(),
        )
        self._people: list[CircuitSession] = []

    async def start(self) -> None:
        await self.platform.start()
        bot = BOT.replace("DOMAIN", self.platform.address).replace("PORT", str(self.port))
        (self.folder / "bot.yaml").write_text(bot)

    async def calls(self, name: str) -> Phone:
        """Somebody calls the bot, and is connected. Raises `CallFailed`."""
        person = CircuitSession(
            self.platform.address,
            client_id="test",
            username=f"{name}@example.com",
            password=Secret("engine"),
            trust=self.platform.certificate,
        )
        await person.logon()
        self._people.append(person)
        bot = await person.users.by_email("tea@example.com")
        assert bot is not None
        direct = await person.conversations.direct(bot.id)
        phone = Phone(person)
        try:
            await phone.dial(direct.conversation.id)
        except CallFailed:
            await phone.hang_up()
            raise
        return phone

    async def asks(self, path: str) -> tuple[int, str]:
        async with ClientSession() as client, client.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()

    async def close(self) -> None:
        for person in self._people:
            await person.close()
        await self.platform.close()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    it = Town(tmp_path)
    await it.start()
    yield it
    await it.close()


async def until_draining(town: Town) -> None:
    async with asyncio.timeout(30):
        while (await town.asks("/health/ready"))[0] != 503:
            pass


async def test_the_call_goes_on_new_ones_are_busy_and_it_ends_with_the_call(town: Town) -> None:
    async with command("run", "--log", "json", cwd=town.folder, HUSH="hush") as bot:
        await bot.until("ready")
        assert await town.asks("/health/ready") == (200, '{"ready": true, "reasons": {}}')
        phone = await town.calls("ada")
        assert "botkit_calls_active 1.0" in (await town.asks("/metrics"))[1]
        bot.process.send_signal(signal.SIGTERM)
        await until_draining(town)
        ready, live = await town.asks("/health/ready"), await town.asks("/health/live")
        assert "draining" in ready[1]
        assert live[0] == 200
        assert (await town.asks("/hooks/none"))[0] == 503
        with pytest.raises(CallFailed) as failed:
            await town.calls("ben")
        assert failed.value.cause is CallCause.BUSY
        assert bot.process.returncode is None
        await phone.hang_up()
        outcome = await bot.over()
    assert outcome.code == 0, outcome.err
    lines = [json.loads(line) for line in outcome.err.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert "hush" not in outcome.err


async def test_a_second_signal_ends_it_at_once_and_in_order(town: Town) -> None:
    async with command("run", "--log", "json", cwd=town.folder, HUSH="hush") as bot:
        await bot.until("ready")
        phone = await town.calls("ada")
        bot.process.send_signal(signal.SIGTERM)
        await until_draining(town)
        outcome = await bot.end(signal.SIGTERM)
        assert await phone.over() is CallCause.HANGUP
        await phone.hang_up()
    assert outcome.code == 0, outcome.err
    assert "Traceback" not in outcome.err
