"""Who speaks into the page's microphone is heard by the bot, and reads along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chromium import chromium, speaker
from page_people import call, log_in

from botkit.media.codecs import samples_of
from botkit.model.pcm import Pcm, wav
from botkit.testing.world import World

BOT = """\
bot: front-desk
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [desk.yaml]
"""
DESK = """\
flow: desk
start: [call_incoming]
steps:
  - choose: What can I do for you?
    prompt: {call: What can I do for you?}
    options:
      hours:   {key: 1, label: opening hours, words: [opening hours]}
      parking: {key: 2, label: a parking space, words: [a parking space]}
    into: wish
  - switch: wish
    cases:
      hours:
        - end: We are open from nine to five.
  - end: There is none.
"""
RATE = 48_000
"""Samples a second of the browser's microphone."""
BEFORE = 6
"""Seconds until the person speaks: behind the question. Into it, the browser's own echo canceller garbles a
voice that comes without an echo."""
AFTER = 30
"""Seconds of silence behind it."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "bot.yaml").write_text(BOT, encoding="utf-8")
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    async with World(tmp_path / "bot.yaml", state=tmp_path / "state") as made:
        yield made


async def recorded(world: World, words: str, file: Path) -> Path:
    """A file in which the bot's own voice says the words, with silence around."""
    voice = world.live_bot.voice
    assert voice is not None, "no voice speaks here"
    said = samples_of(await voice.synthesize(words, language="en-US"), RATE).astype("<i2").tobytes()
    silence = b"\0\0" * RATE
    whole = wav(Pcm(silence * BEFORE + said + silence * AFTER, RATE))
    await asyncio.to_thread(file.write_bytes, whole)
    return file


async def test_a_spoken_choice_is_understood_and_shown(world: World, tmp_path: Path) -> None:
    file = await recorded(world, "opening hours", tmp_path / "hours.wav")
    async with chromium(*speaker(file)) as browser:
        tab = await log_in(browser, world.sandbox, "Ben")
        await call(tab)
        await tab.wait_for_text(".phone-state", "In a call")
        await tab.wait_for_text(".said-by-bot", "What can I do for you?")
        await tab.wait_for_text(".said-by-person", "hours", 40.0)
        await tab.wait_for_text(".said-by-bot", "from nine to five", 20.0)
        await tab.wait_for_text(".phone-state", "Call ended", 30.0)
        assert tab.problems == []
