"""Who speaks into the page's microphone is heard by the bot, and reads along."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chromium import MOUTH, chromium
from page_people import call, log_in

from botkit.model.pcm import wav
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
TIMES = 3
"""So often it is asked, and a person says it: the ears of a machine with much else to do may be too late."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "bot.yaml").write_text(BOT, encoding="utf-8")
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    async with World(tmp_path / "bot.yaml", state=tmp_path / "state") as made:
        yield made


async def spoken(world: World, words: str) -> bytes:
    """A WAV file in which the bot's own voice says the words."""
    voice = world.live_bot.voice
    assert voice is not None, "no voice speaks here"
    return wav(await voice.synthesize(words, language="en-US"))


def lines(selector: str, text: str) -> str:
    """JavaScript for how many lines of the transcript hold the text."""
    found = f"[...document.querySelectorAll({json.dumps(selector)})]"
    return f"{found}.filter((one) => one.textContent.includes({json.dumps(text)})).length"


async def test_a_spoken_choice_is_understood_and_shown(world: World) -> None:
    answer = await spoken(world, "opening hours")
    async with chromium() as browser:
        tab = await log_in(browser, world.sandbox, "Ben", script=MOUTH)
        await call(tab)
        await tab.wait_for_text(".phone-state", "In a call")
        for times in range(1, TIMES + 1):
            await tab.wait_for(f"{lines('.said-by-bot', 'What can I do for you?')} >= {times}")
            await tab.say(answer)
            understood = f"{lines('.said-by-person', 'hours')} > 0"
            await tab.wait_for(f"{understood} || {lines('.said-by-bot', 'Sorry')} >= {times}")
            if await tab.evaluate(understood):
                break
        await tab.wait_for_text(".said-by-bot", "from nine to five")
        await tab.wait_for_text(".phone-state", "Call ended")
        assert tab.problems == []
