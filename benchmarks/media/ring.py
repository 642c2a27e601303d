"""Scripted callers who ring a bot's process, one packet of which is like the other to them: prompt or not."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.voice.load import on_core
from benchmarks.voice.noise import pink
from botkit.media import aiortc_hooks
from botkit.testing.caller import Caller, HeardPacket

from .generator import BotUnderLoad, started

PROMPT_SECONDS = 30.0
PROMPT_LEVEL = 2000.0
SILENCE = 20
"""Bytes that aiortc's encoder makes of nothing, at most; botkit's silence is always the same."""
HOLE = 5
"""Packets of silence in a row that are an interruption."""
WITHIN = 10.0


class KeyCaller(Caller):
    """Knows when a key has left: at once, whatever this process does between the clock and the network."""

    def __init__(self) -> None:
        super().__init__()
        self._left: list[float] = []

    async def press_once(self, key: str) -> float:
        """Press a key shortly: `time.monotonic()` at which the kernel had taken the first packet of it."""
        self._left.clear()
        await self.press(key, packets=2)
        return self._left[0]

    async def connected(self, timeout: float = WITHIN) -> None:
        """Return when media can flow. Raises `CallFailed`, `TimeoutError`."""
        await super().connected(timeout)
        (transceiver,) = self._pc.getTransceivers()
        ice = aiortc_hooks.transport_of(transceiver).transport
        send = ice._send

        async def noted(data: bytes) -> None:
            await send(data)
            if data[1] & 0x7F == self._key_type:
                self._left.append(time.monotonic())

        ice._send = noted


@asynccontextmanager
async def running(
    folder: Path, commands: Mapping[str, Sequence[str]], prompt: Path | None = None
) -> AsyncIterator[Mapping[str, BotUnderLoad]]:
    """All these bots, on the last core, while this process keeps to the first one. They play `prompt`, or a
    sound without pauses."""
    if prompt is None:
        prompt = folder / "sound.pcm"
        prompt.write_bytes(pink(np.random.default_rng(1), PROMPT_SECONDS, PROMPT_LEVEL).samples)
    async with AsyncExitStack() as stack:
        bots = {
            name: await stack.enter_async_context(started([*command, str(prompt)]))
            for name, command in commands.items()
        }
        stack.enter_context(on_core(min(os.sched_getaffinity(0))))
        # Callers have 127.0.0.1 besides: one way to the bot, as a browser chooses one.
        stack.enter_context(patch("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: []))
        yield bots


async def ring(bot: BotUnderLoad, caller: Caller) -> float:
    """Call it; return when sound can flow: `time.monotonic()` at which the offer was there."""
    offer = await caller.offer()
    offered = time.monotonic()
    await caller.apply_answer(await bot.answer(offer))
    await caller.connected(WITHIN)
    return offered


def has_sound(packet: HeardPacket) -> bool:
    """It is of a prompt."""
    return packet.prompt and len(packet.payload) > SILENCE


async def until_sound(caller: Caller, start: int = 0) -> HeardPacket:
    """The first packet with a prompt in it from `caller.packets[start]` on."""
    await caller.until(lambda: any(map(has_sound, caller.packets[start:])), WITHIN)
    return next(filter(has_sound, caller.packets[start:]))


async def until_hole(caller: Caller, start: int) -> list[HeardPacket]:
    """The packets from `caller.packets[start]` on, up to the first `HOLE` in a row that have no sound."""
    await caller.until(lambda: _before_hole(caller.packets[start:]) is not None, WITHIN)
    found = _before_hole(caller.packets[start:])
    assert found is not None, "it has come"
    return found


def _before_hole(packets: Sequence[HeardPacket]) -> list[HeardPacket] | None:
    silent = 0
    for number, packet in enumerate(packets, 1):
        silent = 0 if has_sound(packet) else silent + 1
        if silent == HOLE:
            return list(packets[: number - HOLE])
    return None
