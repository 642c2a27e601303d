"""Barge-in: how fast a prompt gives way to speech, and how seldom to noise."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from benchmarks import Figure
from botkit.ports.audio import AudioPort
from botkit.testing.phone import Phone
from botkit.testing.world import World

from . import faults
from .noise import level_below, pink
from .ports import Counting
from .scene import OPTIONS, Answer, Speaker, make_world, packets_later, write_bot

CALLS = 20
QUICK_CALLS = 1
LISTEN = 1.0
"""Seconds of the prompt that are heard before the answer."""
NOISE = 120.0
QUICK_NOISE = 5.0
"""Seconds of noise under the prompt."""
SPEECH_TO_NOISE = 10.0
"""Decibels."""
QUESTION = (
    "You can ask for the opening hours, or leave a message for one of us, or speak to a person right now, "
    "or pay your bill, or track your order, and all of that by saying so at any time while I am talking"
)
CHUNK = 5.0
"""Seconds of noise that are made at once."""


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Calls that talk over one long prompt, and one that is noisy. In the control the bot is late, and then
    hears a voice in the noise."""
    calls, noisy = (QUICK_CALLS, QUICK_NOISE) if quick else (CALLS, NOISE)
    speaker = Speaker()
    try:
        options = list(OPTIONS)
        spoken = [await speaker.say(options[n % len(options)]) for n in range(calls)]
    finally:
        await speaker.close()
    async with _world(faults.late if control else None) as world:
        stops = [1000 * await _interrupt(world, answer) for answer in spoken]

    counting: list[Counting] = []

    def change(port: AudioPort) -> AudioPort:
        counting.append(Counting(faults.haunted(port, spoken[0].pcm) if control else port))
        return counting[-1]

    async with _world(change) as world:
        await _make_noise(world, spoken[0], noisy)
        prompts = list(counting[0].over)
    # The last one was cut by hanging up.
    false = sum(prompt.cut for prompt in prompts[:-1])
    minutes = sum(prompt.played for prompt in prompts) / 60
    return [
        Figure(name="speech_to_last_prompt_median", value=statistics.median(stops), unit="ms", limit=150),
        Figure(name="speech_to_last_prompt_worst", value=max(stops), unit="ms"),
        Figure(name="false_barge_ins", value=false / minutes, unit="1/min", limit=1.0),
        Figure(name="noisy_prompts", value=60 * minutes, unit="s"),
    ]


@asynccontextmanager
async def _world(change_audio: Callable[[AudioPort], AudioPort] | None) -> AsyncGenerator[World]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bot_file = write_bot(folder, question=QUESTION)
        async with make_world(folder, bot_file, change_audio=change_audio) as world:
            yield world


async def _interrupt(world: World, answer: Answer) -> float:
    """Seconds from the onset of the voice to the last packet of the prompt."""
    phone = await _dial(world)
    try:
        caller = phone.caller
        await caller.until_prompt()
        await packets_later(caller, LISTEN)
        begun = await caller.say(answer.pcm)
        await caller.until_quiet(0.2)
        prompt = [packet.at for packet in caller.packets if packet.prompt]
        return max(0.0, _end_of_run(prompt, begun) - begun - answer.first)
    finally:
        await phone.hang_up()


def _end_of_run(times: Sequence[float], since: float) -> float:
    """The last of these before the first hole of 100 ms that follows `since`."""
    last = since
    for at in times:
        if at > since and at - last > 0.1:
            break
        last = max(last, at)
    return last


async def _make_noise(world: World, like: Answer, seconds: float) -> None:
    phone = await _dial(world)
    try:
        await phone.caller.until_prompt()
        level, generator = level_below(like, SPEECH_TO_NOISE), np.random.default_rng(4)
        async with asyncio.timeout(seconds * 2):
            for _ in range(round(seconds / CHUNK)):
                await phone.caller.say(pink(generator, CHUNK, level))
    finally:
        await phone.hang_up()


async def _dial(world: World) -> Phone:
    person = await world.person("caller0@example.com")
    direct = await person.conversations.direct(world.live_bot.connector.me.id)
    phone = Phone(person)
    await phone.dial(direct.conversation.id)
    return phone
