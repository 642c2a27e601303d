"""How fast the bot speaks and falls silent, by the times of the packets a caller gets.

The front desk bot on a sandbox of its own; a scripted caller rings it, hears the beginning of the menu
and presses a key. The callers share the bot's process and event loop, so what they do only adds to the
figures.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import Figure
from botkit.cli.shipped import front_desk
from botkit.media.codecs import OPUS, encode
from botkit.model.pcm import Pcm
from botkit.ports.audio import AudioPort, Leg, LegEvent
from botkit.testing.caller import HeardPacket
from botkit.testing.phone import Phone
from botkit.testing.world import World

CALLS = 20
QUICK_CALLS = 3
LISTEN = 0.6
"""Seconds of the menu that are heard before the key."""
SLUGGISH = 0.5
"""Seconds by which the control's audio port is late."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Times of `CALLS` calls. The control's audio port starts and stops prompts late."""
    calls = QUICK_CALLS if quick else CALLS
    first, last = asyncio.run(_measure(calls, Late if control else None))
    yield Figure(name="answer_to_first_prompt_median", value=statistics.median(first), unit="ms", limit=300)
    yield Figure(name="answer_to_first_prompt_worst", value=max(first), unit="ms")
    yield Figure(name="key_to_last_prompt_median", value=statistics.median(last), unit="ms", limit=60)
    yield Figure(name="key_to_last_prompt_worst", value=max(last), unit="ms")
    yield Figure(name="calls", value=calls, unit="1")


async def _measure(
    calls: int, change_audio: Callable[[AudioPort], AudioPort] | None
) -> tuple[list[float], list[float]]:
    first, last = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with World(front_desk(), state=Path(folder), change_audio=change_audio) as world:
            for _ in range(calls):
                answer, key = await _call(world)
                first.append(1000 * answer)
                last.append(1000 * key)
    return first, last


async def _call(world: World) -> tuple[float, float]:
    """Seconds from the answer to the first prompt packet, and from the key's first packet to the last
    packet of the menu."""
    ben = await world.person("ben@example.com")
    direct = await ben.conversations.direct(world.live_bot.connector.me.id)
    phone = Phone(ben)
    try:
        await phone.dial(direct.conversation.id)
        first = await phone.caller.until_prompt()
        menu, hours = await _payloads_of(world, MENU), await _payloads_of(world, HOURS)
        packets = phone.caller.packets
        heard = await _until_heard(phone, menu)
        await phone.caller.until(lambda: packets[-1].at >= heard.at + LISTEN)
        key = await phone.caller.press("1")
        await _until_heard(phone, hours)
    finally:
        await phone.hang_up()
    last = max(packet.at for packet in packets if packet.payload in menu)
    return first.at - phone.answered_at, max(0.0, last - key.first_at)


async def _payloads_of(world: World, text: str) -> frozenset[bytes]:
    """The payloads that this prompt alone has."""
    voice = world.live_bot.voice
    assert voice is not None
    payloads = {
        each: frozenset(encode(await voice.synthesize(each, language="en-US"), OPUS)) for each in TEXTS
    }
    return payloads[text].difference(*(payloads[each] for each in TEXTS if each != text))


async def _until_heard(phone: Phone, payloads: frozenset[bytes]) -> HeardPacket:
    packets = phone.caller.packets
    await phone.caller.until(lambda: any(packet.payload in payloads for packet in packets))
    return next(packet for packet in packets if packet.payload in payloads)


MENU = (
    "What can I do for you? For opening hours, press 1. For leaving a message, press 2. "
    "For speaking to somebody, press 3."
)
HOURS = "We are open from nine to five, Monday to Friday."
TEXTS = ("Welcome to Example Ltd.", MENU, HOURS)


class Late:
    """An audio port whose legs start and stop prompts late."""

    def __init__(self, inner: AudioPort) -> None:
        self._inner = inner

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        return LateLeg(await self._inner.accept(offer, on_event))

    async def close(self) -> None:
        await self._inner.close()


class LateLeg:
    """A leg that puts everything off."""

    def __init__(self, inner: Leg) -> None:
        self._inner = inner

    @property
    def answer(self) -> str:
        return self._inner.answer

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        await self._inner.add_candidate(line, mid, index)

    async def prepare(self, pcm: Pcm) -> None:
        await self._inner.prepare(pcm)

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, self._inner.play, prompt_id, pcm)

    def stop(self) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, self._inner.stop)

    async def close(self) -> None:
        await self._inner.close()
