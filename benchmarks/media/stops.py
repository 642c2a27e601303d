"""How fast the bot falls silent: at a key, at a voice; and how seldom at noise.

Callers on a process of their own, by the times at which the kernel had the packets.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks import Figure
from benchmarks.voice.noise import level_below, pink
from benchmarks.voice.scene import OPTIONS, Answer, Speaker
from botkit.testing.caller import Caller, HeardPacket

from .generator import BotUnderLoad
from .load import BOTS
from .ring import HOLE, KeyCaller, has_sound, ring, running, until_hole, until_sound

AT_ONCE = 10
"""Calls at a time, of all kinds: one core carries many times as many."""
SPEECH_TO_NOISE = 10.0
"""Decibels."""
CHUNK = 5.0
"""Seconds of noise that are made at once."""
LISTEN = (0.1, 0.4)
"""Seconds of the prompt that are heard before it is interrupted, at least and at most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is tried."""

    key_calls: int
    keys: int
    """Each of them presses so many."""
    answers: int
    """Calls that speak, for each bot."""
    noisy_calls: int
    noise: float
    """Seconds of it in each of those."""


FULL = Size(key_calls=20, keys=5, answers=20, noisy_calls=4, noise=60)
QUICK = Size(key_calls=5, keys=4, answers=5, noisy_calls=4, noise=5)


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """In the control botkit stops late, and a voice is in the noise."""
    size = QUICK if quick else FULL
    late = ["--late"] if control else []
    commands = {
        "botkit": [sys.executable, "-m", f"{BOTS}.interrupted", *late],
        "aiortc": [sys.executable, "-m", f"{BOTS}.textbook_interrupted"],
    }
    options = list(itertools.islice(itertools.cycle(OPTIONS), size.answers))
    speaker = Speaker()
    try:
        said = {option: await speaker.say(option) for option in OPTIONS}
    finally:
        await speaker.close()
    level = level_below(said["hours"], SPEECH_TO_NOISE)
    with tempfile.TemporaryDirectory(prefix="botkit-media-") as folder:
        async with running(Path(folder), commands) as bots:
            botkit, aiortc = bots["botkit"], bots["aiortc"]
            noise = partial(_make_noise, botkit, level, size.noise, said["hours"] if control else None)
            room = asyncio.Semaphore(AT_ONCE)
            cut, pressed = await asyncio.gather(
                _in_turn(room, [partial(noise, seed) for seed in range(size.noisy_calls)]),
                _in_turn(room, [partial(_press, botkit, size.keys, seed) for seed in range(size.key_calls)]),
            )
            # The other bot is on the same core: it would be in the way of keys.
            spoken = await _in_turn(
                room, [partial(_speak, bot, said[each]) for each in options for bot in (botkit, aiortc)]
            )
    late_packets = list(itertools.chain.from_iterable(pressed))
    ours, theirs = spoken[::2], spoken[1::2]
    minutes = size.noisy_calls * size.noise / 60
    return [
        Figure(
            name="prompt_packets_after_key", value=sum(n > 0 for n in late_packets), unit="presses", limit=1
        ),
        Figure(name="prompt_packets_after_key_most", value=max(late_packets), unit="packets", limit=1),
        Figure(name="presses", value=len(late_packets), unit="presses"),
        Figure(name="speech_barge_in_ms_median", value=statistics.median(ours), unit="ms", limit=60),
        Figure(name="speech_barge_in_ms_worst", value=max(ours), unit="ms"),
        Figure(name="aiortc_speech_barge_in_ms_median", value=statistics.median(theirs), unit="ms"),
        Figure(name="false_barge_ins", value=sum(cut) / minutes, unit="1/min", limit=1.0),
        Figure(name="noise", value=60 * minutes, unit="s"),
    ]


async def _in_turn(room: asyncio.Semaphore, work: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """All of it, whenever there is room."""

    async def one(begin: Callable[[], Awaitable[T]]) -> T:
        async with room:
            return await begin()

    return list(await asyncio.gather(*map(one, work)))


async def _press(bot: BotUnderLoad, presses: int, seed: int) -> list[int]:
    """For each key: packets of the prompt that left behind its first packet."""
    caller, chance = KeyCaller(), random.Random(seed)
    try:
        await ring(bot, caller)
        found = []
        for _ in range(presses):
            before = len(caller.packets)
            await until_sound(caller, before)
            await asyncio.sleep(chance.uniform(*LISTEN))
            begun = len(caller.packets)
            left = await caller.press_once("1")
            packets = await until_hole(caller, begun)
            found.append(sum(has_sound(packet) and packet.at > left for packet in packets))
        return found
    finally:
        await caller.hangup()


async def _speak(bot: BotUnderLoad, answer: Answer) -> float:
    """Milliseconds from the onset of the voice to the last packet of the prompt."""
    caller = Caller()
    try:
        await caller.prepare(answer.pcm)
        await ring(bot, caller)
        await until_sound(caller)
        await asyncio.sleep(1.0)  # the gate knows how quiet it was by then
        before = len(caller.packets)
        speaking = asyncio.create_task(caller.say(answer.pcm))
        packets = await until_hole(caller, before)
        last = max((packet.at for packet in packets if has_sound(packet)), default=0.0)
        onset = await speaking + answer.first
        return 1000 * max(0.0, last - onset)
    finally:
        await caller.hangup()


async def _make_noise(
    bot: BotUnderLoad, level: float, seconds: float, voice: Answer | None, seed: int
) -> int:
    """How often the prompt broke off. `voice` = somebody says this in the noise."""
    caller, generator = Caller(), np.random.default_rng(seed)
    try:
        await ring(bot, caller)
        await until_sound(caller)
        before = len(caller.packets)
        for _ in range(max(1, round(seconds / CHUNK))):
            await caller.say(pink(generator, CHUNK, level))
            if voice is not None:
                await caller.say(voice.pcm)
        return holes(caller.packets[before:])
    finally:
        await caller.hangup()


def holes(packets: Sequence[HeardPacket]) -> int:
    """Rows of `HOLE` packets or more without sound."""
    runs = itertools.groupby(packets, has_sound)
    return sum(not sound and len(list(run)) >= HOLE for sound, run in runs)
