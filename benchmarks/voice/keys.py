"""Prompts and keys: how fast the bot speaks after its answer, and falls silent at a key.

The front desk bot; a scripted caller rings it, hears the beginning of the menu and presses a key.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import Figure
from botkit.cli.shipped import front_desk
from botkit.media.codecs import OPUS, encode
from botkit.testing.caller import HeardPacket
from botkit.testing.phone import Phone
from botkit.testing.world import World

from .faults import late

CALLS = 20
QUICK_CALLS = 1
LISTEN = 0.6
"""Seconds of the menu that are heard before the key."""


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Times of `CALLS` calls. In the control prompts start and stop late."""
    calls = QUICK_CALLS if quick else CALLS
    first, last = await _measure(calls, control)
    return [
        Figure(name="answer_to_first_prompt_median", value=statistics.median(first), unit="ms", limit=300),
        Figure(name="answer_to_first_prompt_worst", value=max(first), unit="ms"),
        Figure(name="key_to_last_prompt_median", value=statistics.median(last), unit="ms", limit=60),
        Figure(name="key_to_last_prompt_worst", value=max(last), unit="ms"),
        Figure(name="calls", value=calls, unit="1"),
    ]


async def _measure(calls: int, control: bool) -> tuple[list[float], list[float]]:
    first, last = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with World(front_desk(), state=Path(folder), change_audio=late if control else None) as world:
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
