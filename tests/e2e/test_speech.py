"""A person speaks to a bot on a sandbox: a real phone, the voice and the ears that botkit brings along."""

from __future__ import annotations

import asyncio
import json
import random
from array import array
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from botkit.media.codecs import samples_of
from botkit.model.pcm import Pcm, read_wav
from botkit.testing.phone import Phone
from botkit.testing.world import World

BOT = """\
bot: frontdesk
platform: {connector: circuit, domain: 127.0.0.1:8443, client_id: x, client_secret: y}
flows: [desk.yaml]
speech: {voice: picotts, recognizer: moonshine}
"""
DESK = """\
flow: desk
start: [call_incoming]
steps:
  - id: menu
    choose: What can I do for you?
    prompt:
      call: >-
        Welcome to the front desk of the example company. You can ask for the opening hours, or leave a
        message for somebody, or speak to a person. What can I do for you today?
    options:
      hours:   {key: 1, label: opening hours, words: [opening hours]}
      message: {key: 2, label: leave a message, words: [leave a message]}
    into: wish
  - if: wish == "message"
    then:
      - record: Speak after the tone.
        into: voice
      - say: Thank you.
    else:
      - say: We are open from nine to five.
  - id: more
    choose: Anything else?
    prompt: {call: Anything else?}
    options:
      rooms:   {key: 1, label: meeting rooms, words: [meeting rooms]}
      parking: {key: 2, label: a parking space, words: [a parking space]}
    into: wish
  - end: Goodbye.
"""
RATE = 16_000
PATIENCE = 60.0
"""Seconds for what was said to be understood."""


class Front:
    """A call to the front desk, answered."""

    def __init__(self, world: World, phone: Phone, state: Path) -> None:
        self.world = world
        self.phone = phone
        self.caller = phone.caller
        self.recordings = state / "recordings"

    async def speech(self, text: str) -> Pcm:
        """What a person says, without silence around."""
        assert self.world.live_bot.voice is not None
        pcm = await self.world.live_bot.voice.synthesize(text, language="en-US")
        return trimmed(Pcm(samples_of(pcm, RATE).astype("<i2").tobytes(), RATE))

    async def say(self, words: Pcm, behind: float) -> tuple[float, float]:
        """Speak, and be quiet for so many seconds; `time.monotonic()` of the first and of the last word."""
        await self.caller.say(joined(1.0, words, behind))
        return self.caller._said_from + 1.0, self.caller._said_to - behind

    async def until_replied(self, since: float) -> None:
        """Until all has been heard that the bot says next."""
        await self.caller.until(lambda: self.caller.first_prompt_at(since) is not None, PATIENCE)
        await self.caller.until_quiet(0.5)

    async def rows(self, kind: str) -> list[dict[str, Any]]:
        """The journal of the call."""
        store = self.world.live_bot.store
        (session,) = await store.open_sessions("call:")
        return [json.loads(row.data) for row in await store.journal(session.id) if row.kind == kind]


def trimmed(pcm: Pcm) -> Pcm:
    samples = array("h", pcm.samples)
    loud = [n for n, sample in enumerate(samples) if abs(sample) > 400]
    return Pcm(samples[loud[0] : loud[-1] + 1].tobytes(), pcm.rate)


def joined(*parts: Pcm | float) -> Pcm:
    """Sounds, and seconds of a quiet room between them."""
    noise = random.Random(7)
    sound = array("h")
    for part in parts:
        if isinstance(part, Pcm):
            sound.extend(array("h", part.samples))
        else:
            sound.extend(noise.randint(-20, 20) for _ in range(round(part * RATE)))
    return Pcm(sound.tobytes(), RATE)


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    bot_file = tmp_path / "bot.yaml"
    bot_file.write_text(BOT, encoding="utf-8")
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    async with World(bot_file, state=tmp_path / "state") as world, asyncio.timeout(120):
        person = await world.person("olivia@example.com")
        direct = await person.conversations.direct(world.live_bot.connector.me.id)
        phone = Phone(person)
        await phone.dial(direct.conversation.id)
        yield Front(world, phone, tmp_path / "state")
        await phone.hang_up()


async def test_a_spoken_answer_interrupts_and_is_understood(front: Front) -> None:
    caller = front.caller
    await caller.until_prompt(start=0)
    _, last_word = await front.say(await front.speech("Opening hours."), 3.0)
    await front.until_replied(last_word)
    (heard,) = await front.rows("heard")
    assert heard["ended"] == "heard"
    assert "hours" in heard["text"].lower()
    offer, *replies = await front.rows("played")
    assert offer["cut"]
    assert [row["text"] for row in replies] == ["We are open from nine to five.", "Anything else?"]


async def test_a_pause_inside_is_no_end_and_who_hangs_up_has_left_a_message(front: Front) -> None:
    await front.caller.until_prompt(start=0)
    first, second = await front.speech("Leave a"), await front.speech("message for somebody.")
    _, last_word = await front.say(joined(first, 0.4, second), 1.5)
    await front.until_replied(last_word)
    (heard,) = await front.rows("heard")
    assert heard["seconds"] >= first.seconds + 0.4 + second.seconds
    message = await front.speech("Please call me back tomorrow morning.")
    await front.say(message, 1.0)
    await front.phone.hang_up()
    await front.world.stop_bot()
    (file,) = front.recordings.iterdir()
    seconds = read_wav(file.read_bytes()).seconds
    assert message.seconds - 0.3 <= seconds <= message.seconds + 10.0, "whole, with the silence around it"
