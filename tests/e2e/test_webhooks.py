"""Webhooks of a bot that is killed right after its answer, and thousands of requests, right and wrong."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from benchmarks import Figure
from benchmarks.durability.webhooks import BEGIN, Fuzzer, fuzzed, unending
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.cli.shipped import front_desk
from botkit.testing.process import BotProcess
from botkit.testing.world import World

FEW = 400
LOTS = 2
TOKEN = "not-secret-but-like-one"
BOT = """\
bot: desk
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [flow.yaml]
store: sqlite:///bot.db
web:
  listen: 127.0.0.1:PORT
  webhooks:
    builds: {preset: bearer, secrets: ["file:token"]}
"""
FLOW = """\
flow: builds
start:
  - webhook: {name: builds, set: {number: "{{ event.body.number }}"}}
slots: {number: {type: number}}
steps:
  - post: "build {{ number }}"
    to: ann@example.com
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.chaos
async def test_what_was_told_202_is_done_once_whatever_is_killed(tmp_path: Path) -> None:
    """Of each lot some are told 202 before the kill and some are not; their sender tries all again. Each lot
    is done before the next one: at which three processes have died is set aside (`test_deadly_events`)."""
    async with World(front_desk(), state=tmp_path) as world:
        await world.stop_bot()
        port = free_port()
        (tmp_path / "secret").write_text(world.tenant.bots[0].client_secret.reveal())
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "flow.yaml").write_text(FLOW)
        (tmp_path / "bot.yaml").write_text(
            BOT.replace("DOMAIN", world.sandbox.address).replace("PORT", str(port))
        )
        ann = await world.person("ann@example.com")
        bot = BotProcess(tmp_path / "bot.yaml")
        killed: list[int] = []
        seen: Counter[str] = Counter()

        async def send(client: ClientSession, number: int) -> int:
            headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": f"build {number}"}
            url = f"http://127.0.0.1:{port}/hooks/builds"
            try:
                async with client.post(url, json={"number": number}, headers=headers) as answer:
                    return answer.status
            except ClientConnectionError:
                return 0

        try:
            async with ann.events() as events, ClientSession() as client, asyncio.timeout(150):
                for lot in range(LOTS):
                    await bot.start()
                    sending = [asyncio.create_task(send(client, lot * 20 + each)) for each in range(20)]
                    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                    await bot.kill()
                    killed += [await each for each in sending]
                    await bot.start()
                    again = await asyncio.gather(*(send(client, lot * 20 + each) for each in range(20)))
                    assert set(again) <= {200, 202}
                    await bot.kill()
                    await bot.start()
                    while len(seen) < (lot + 1) * 20:
                        seen.update(built(await events.get()))
                    assert await bot.stop() == 0
                while not events.empty():
                    seen.update(built(events.get_nowait()))
        finally:
            await bot.kill()
        assert seen == {f"build {number}": 1 for number in range(LOTS * 20)}
        assert set(killed) <= {0, 202}
        assert 202 in killed


def built(event: CircuitEvent) -> list[str]:
    """What the bot says of a build."""
    text = event.added.item.text if isinstance(event, ItemAdded) else ""
    return [text] if text.startswith("build") else []


def short(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures if not figure.ok]


async def test_none_is_wrongly_accepted_and_none_that_is_accepted_is_lost(tmp_path: Path) -> None:
    assert short(await fuzzed(tmp_path, FEW)) == []


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [11, 12])
async def test_the_same_with_many_more(seed: int, tmp_path: Path) -> None:
    assert short(await fuzzed(tmp_path, 2000, seed=seed)) == []


@pytest.mark.chaos
async def test_a_thousand_whose_flow_never_ends_are_all_told_202(tmp_path: Path) -> None:
    assert (await unending(tmp_path, 1000)).value == 0


@pytest.mark.chaos
async def test_who_believes_everybody_is_found_out(tmp_path: Path) -> None:
    """The control."""
    figures = await fuzzed(tmp_path, FEW, faulty=True)
    assert short(figures) == [figure.name for figure in figures if figure.limit is not None]


def test_requests_are_the_same_whenever_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Fuzzer(1, BEGIN), Fuzzer(1, BEGIN)
    made = [first.next().wire() for _ in range(200)]
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert [second.next().wire() for _ in range(200)] == made
