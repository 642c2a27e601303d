"""A bot that is killed at every call it makes while it sends webhooks to a server that is really there.

Whatever the place, the receiver gets each webhook at least once, always under the same id and with the same
body, and the person is told once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from botkit.model.secret import Secret
from botkit.model.standard_webhooks import signature
from botkit.ports.http import HttpAnswer, HttpRequest
from botkit.ports.receivers import Receiver
from botkit.testing import ScriptedPerson, VirtualClock
from botkit.web.client import AiohttpClient
from tests.runtime.house import House
from tests.runtime.survival import Survivor

FLOW = """
flow: callback
start: [mention]
steps:
  - send_webhook: crm
    kind: first
  - send_webhook: crm
    kind: second
    json: {who: "{{ user.name }}"}
  - say: Noted.
"""
KEY = bytes(32)
ENOUGH = 100
"""More calls than the bot makes."""


class CountedClient(AiohttpClient):
    """The real client; a clock that stands still waits for it."""

    busy = 0

    async def send(self, request: HttpRequest) -> HttpAnswer:
        self.busy += 1
        try:
            return await super().send(request)
        finally:
            self.busy -= 1


class CrmServer:
    """It fails on the first request of all, and checks each signature."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: defaultdict[str, list[bytes]] = defaultdict(list)
        """By id, what was taken."""
        self.refused = 0
        application = web.Application()
        application.router.add_post("/hooks", self.take)
        self._runner = web.AppRunner(application)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hooks"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        name, moment = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
        assert request.headers["webhook-signature"] == signature(KEY, name, moment, body)
        if not self.refused:
            self.refused += 1
            return web.Response(status=500)
        self.bodies[name].append(body)
        return web.Response(status=204)


@contextmanager
def serving() -> Iterator[CrmServer]:
    """It lives on a loop of its own: the death of a bot's tasks must not be its own."""
    server = CrmServer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="crm")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def deliver(folder: Path, *deaths: tuple[int, bool]) -> int:
    """One person, two webhooks, and a bot that dies there; how often it died."""
    clock = VirtualClock()
    with serving() as server:
        host = server.url.removeprefix("http://").partition("/")[0]
        client = CountedClient([host])
        clock.watch(lambda: client.busy > 0)
        house = House(folder, clock)
        house.http = client
        secret = Secret("whsec_" + base64.b64encode(KEY).decode())
        house.receivers = {"crm": Receiver(url=server.url, secrets=(secret,))}
        house.flow(FLOW)
        ada = ScriptedPerson(house.platform)
        bot = Survivor(house, *deaths)
        await bot.start()
        await bot.act(ada.mention("call me"))
        for _ in range(4):
            await bot.advance(200)
        bot.spare()
        assert house.said(ada.direct) == ["Noted."]
        assert len(server.bodies) == 2, dict(server.bodies)
        for bodies in server.bodies.values():
            assert len(set(bodies)) == 1
        told = [json.loads(bodies[0]) for bodies in server.bodies.values()]
        assert sorted(each["type"] for each in told) == ["first", "second"]
        assert not await house.store.effects()
        assert not await house.store.dead_letters()
        await house.close()
        await client.close()
        return bot.died


async def die_everywhere(folder: Path, step: int) -> int:
    survived = 0
    for number in range(1, ENOUGH, step):
        for after in (False, True):
            home = folder / f"{number}{after}"
            home.mkdir()
            if not await deliver(home, (number, after)):
                return survived
            survived += 1
    raise AssertionError("it never came to its end")


async def test_some_places_to_die(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 9) > 3


@pytest.mark.chaos
async def test_every_place_to_die(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 1) > 30
