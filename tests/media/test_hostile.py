"""Far ends that break every rule: the call goes on or ends with a reason, and the process goes on."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pylibsrtp
import pytest

from botkit.media.audio_port import MediaAudioPort
from botkit.media.codecs import OPUS, PCMU, encode
from botkit.media.leg import LegSettings
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, LegClosed, LegConnected, OfferRefused
from botkit.testing.caller import Caller
from tests.media.conftest import Call, Ear, Told, loudness
from tests.media.rough_caller import (
    RoughCaller,
    broken_descriptions,
    broken_reports,
    nonsense,
    rtp,
    shifted,
    stranger,
)

Voice = Callable[[float, int], Pcm]
Meet = Callable[..., Awaitable[Call]]
pytestmark = pytest.mark.usefixtures("steady_playout")
LOUD = 300.0
"""Root mean square of a frame with something in it."""
HOUR = 3600 * OPUS.clock_rate
FLOOD = 4_000
"""Datagrams a second, eighty times as many as of a caller: what also half a core takes by aiortc alone."""
TRIES = 6
"""Of whoever speaks beside a flood: if the machine stands still for 30 ms, the socket's buffer is full, and
what is said then is lost."""


@pytest.fixture
async def meet(port: MediaAudioPort, hang_up: Callable[[Caller], Caller]) -> Meet:
    """Sets up a call with a rough caller."""

    async def meet(caller: RoughCaller) -> Call:
        hang_up(caller)
        told = Told()
        leg = await port.accept(await caller.offer(), told)
        await caller.apply_answer(leg.answer)
        await caller.connected()
        await told.until(lambda: bool(told.of(LegConnected)))
        return Call(leg, caller, told)

    return meet


async def goes_on(call: Call, voice: Voice) -> None:
    """The bot hears a key, once, and is heard."""
    before = len(call.told.of(DigitPressed))
    await call.caller.press("7", packets=2)
    await call.told.until(lambda: len(call.told.of(DigitPressed)) > before)
    call.leg.play("after", voice(0.04, 99))
    await call.caller.until_prompt()
    assert [event.digit for event in call.told.of(DigitPressed)[before:]] == ["7"]
    assert not call.told.of(LegClosed)


async def hears(call: Call, pcm: Pcm, ear: type[Ear], *, tries: int = 1) -> None:
    """What the caller says is heard whole, at last."""
    for _ in range(tries):
        listener = ear(call.leg)
        await call.caller.say(pcm)
        await listener.until_quiet()
        if not listener.objection(pcm):
            return
    raise AssertionError(listener.objection(pcm))


def steps_of(caller: Caller) -> set[tuple[int, int]]:
    """From each of the bot's packets to the next: numbers, timestamp units."""
    return {(b.sequence - a.sequence, b.timestamp - a.timestamp) for a, b in pairwise(caller.packets)}


async def test_nonsense_from_anybody_changes_nothing(meet: Meet, voice: Voice) -> None:
    caller = RoughCaller()
    call = await meet(caller)
    with stranger() as other:
        for datagram in nonsense(random.Random(1)):
            await caller.send(datagram)
            other.sendto(datagram, caller.bot)
            await asyncio.sleep(0)
    await goes_on(call, voice)


async def test_nonsense_under_the_call_s_own_key_changes_nothing(
    meet: Meet, voice: Voice, ear: type[Ear]
) -> None:
    caller = RoughCaller()
    call = await meet(caller)
    ear(call.leg)
    generator = random.Random(2)
    for report in broken_reports(generator):
        await caller.send_rtcp(report)
        await asyncio.sleep(0)
    for number in range(300):
        packet = rtp(
            generator.randbytes(generator.randrange(200)),
            kind=generator.choice((caller.last.payload_type, 0, 13, 127)),
            sequence=generator.randrange(2**16),
            timestamp=generator.randrange(2**32),
            source=number % 7,
            flags=generator.choice((0x80, 0x80, 0xA0, 0x90, 0x8F)),
        )
        try:
            await caller.send_rtp(packet)
        except pylibsrtp.Error:
            continue  # not even the sender's own library takes it
        await asyncio.sleep(0)
    await goes_on(call, voice)


async def test_what_is_sent_again_is_neither_heard_nor_pressed_again(
    meet: Meet, voice: Voice, ear: type[Ear]
) -> None:
    caller, pcm = RoughCaller(), voice(0.3, 1)
    call = await meet(caller)
    listener = ear(call.leg)
    await caller.press("1", packets=2)
    await caller.say(pcm)
    await listener.until_quiet()
    loud = sum(loudness(sound) > LOUD for sound in listener.heard)
    for datagram in tuple(caller.datagrams):
        await caller.send(datagram)
        await asyncio.sleep(0)
    await listener.until_quiet()
    assert sum(loudness(sound) > LOUD for sound in listener.heard) == loud
    assert [event.digit for event in call.told.of(DigitPressed)] == ["1"]
    await goes_on(call, voice)


@pytest.mark.chaos
@pytest.mark.alone
async def test_a_second_stream_beside_the_first_one_does_no_harm(
    meet: Meet, voice: Voice, ear: type[Ear]
) -> None:
    caller = RoughCaller()
    call = await meet(caller)
    ear(call.leg)
    for number in range(20):
        await caller.send_rtp(
            rtp(
                encode(voice(0.02, number), OPUS)[0],
                kind=caller.last.payload_type,
                sequence=number * 977,
                timestamp=number * 960,
                source=caller.last.ssrc ^ 1,
            )
        )
        heard = caller.last.sequence
        await caller.until(lambda heard=heard: caller.last.sequence != heard)
    await hears(call, voice(0.2, 2), ear)
    await goes_on(call, voice)


async def test_timestamps_that_leap_are_no_hour_of_silence(meet: Meet, voice: Voice, ear: type[Ear]) -> None:
    caller = RoughCaller()
    call = await meet(caller)
    listener = ear(call.leg)
    begun = time.monotonic()
    for leap in (HOUR, -HOUR, 2**31, 0):
        caller.change = lambda packet, leap=leap: shifted(packet, timestamp=leap)
        sent = caller.last.sequence
        await caller.until(lambda sent=sent: (caller.last.sequence - sent) & 0xFFFF >= 4)
    assert len(listener.heard) * 0.02 <= time.monotonic() - begun + 4 * 0.5
    await hears(call, voice(0.2, 3), ear)
    await goes_on(call, voice)


@pytest.mark.chaos
@pytest.mark.alone
async def test_the_codec_may_change_at_any_packet(meet: Meet, voice: Voice, ear: type[Ear]) -> None:
    caller, pcm = RoughCaller(also=PCMU), voice(0.3, 4)
    call = await meet(caller)
    payloads = iter(encode(pcm, PCMU))
    first = caller.last

    def recoded(packet: bytes) -> bytes | None:
        payload, sequence = next(payloads, None), int.from_bytes(packet[2:4])
        number = (sequence - first.sequence) & 0xFFFF
        return payload and rtp(
            payload,
            kind=0,
            sequence=sequence,
            timestamp=first.timestamp + number * 160,
            source=first.ssrc,
        )

    listener = ear(call.leg)
    caller.change = recoded
    await listener.until_quiet()
    assert not listener.objection(pcm)
    caller.change = lambda packet: packet
    await hears(call, voice(0.2, 6), ear)
    await goes_on(call, voice)


async def test_ten_times_too_much_holds_up_nothing(meet: Meet, voice: Voice, ear: type[Ear]) -> None:
    caller = RoughCaller()
    call = await meet(caller)
    ear(call.leg)
    payloads = encode(voice(2.0, 7), OPUS)
    first, seen = caller.last, len(caller.packets)
    caller.change = lambda packet: None
    for number, payload in enumerate(payloads, 1):
        await caller.send_rtp(
            rtp(
                payload,
                kind=first.payload_type,
                sequence=first.sequence + number,
                timestamp=first.timestamp + number * OPUS.frame,
                source=first.ssrc,
            )
        )
        if number % 10 == 0:
            seen += 1
            await caller.until(lambda seen=seen: len(caller.packets) >= seen)
    more = len(payloads)
    caller.change = lambda packet: shifted(packet, timestamp=more * OPUS.frame, sequence=more)
    assert steps_of(caller) == {(1, OPUS.frame)}
    await goes_on(call, voice)


async def test_a_caller_that_never_sends_is_lost(
    port: MediaAudioPort, hang_up: Callable[[Caller], Caller]
) -> None:
    port, caller, told = type(port)(LegSettings(media_timeout=0.1)), hang_up(Caller()), Told()
    caller.mute()
    leg = await port.accept(await caller.offer(), told)
    await caller.apply_answer(leg.answer)
    await told.until(lambda: bool(told.of(LegClosed)))
    assert told.of(LegConnected)
    assert [event.cause for event in told.of(LegClosed)] == [CallCause.MEDIA_LOST]
    await port.close()


@pytest.mark.chaos
@pytest.mark.alone
async def test_broken_descriptions_are_refused_or_answered(
    meet: Meet, port: MediaAudioPort, voice: Voice, hang_up: Callable[[Caller], Caller]
) -> None:
    caller, generator = RoughCaller(), random.Random(4)
    call = await meet(caller)
    offer, again = await hang_up(Caller()).offer(), await caller.offer_again()
    for broken in broken_descriptions(offer, generator, 200):
        with suppress(OfferRefused):
            await (await port.accept(broken, lambda event: None)).close()
    for broken in broken_descriptions(again, generator, 200):
        with suppress(OfferRefused):
            await call.leg.renegotiate(broken)
    await caller.apply_answer(await call.leg.renegotiate(again))
    await goes_on(call, voice)
    answer = await hang_up(Caller()).accept((await port.dial(lambda event: None)).offer)
    for broken in broken_descriptions(answer, generator, 100):
        leg = await port.dial(lambda event: None)
        with suppress(OfferRefused):
            await leg.complete(broken)
        await leg.close()


@pytest.mark.chaos
@pytest.mark.alone
async def test_new_connections_without_end_leave_one_behind(
    meet: Meet, voice: Voice, hang_up: Callable[[Caller], Caller]
) -> None:
    call = await meet(RoughCaller())
    others = [hang_up(Caller()) for _ in range(12)]
    offers = [await other.offer() for other in others]
    answers = [await call.leg.renegotiate(offer) for offer in offers[:2]]
    before = len(os.listdir("/proc/self/fd"))
    answers += [await call.leg.renegotiate(offer) for offer in offers[2:]]
    assert len(os.listdir("/proc/self/fd")) <= before
    await others[-1].apply_answer(answers[-1])
    await others[-1].connected()
    await others[-1].until(lambda: bool(others[-1].packets))
    call.caller = others[-1]
    await goes_on(call, voice)


def resident() -> int:
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.chaos
@pytest.mark.alone
async def test_a_flood_of_garbage_makes_nobody_deaf_and_leaves_no_hole(
    meet: Meet, voice: Voice, ear: type[Ear]
) -> None:
    caller, over = RoughCaller(), threading.Event()
    call = await meet(caller)
    ear(call.leg)
    bot, sent = caller.bot, 0

    def flood() -> None:
        nonlocal sent
        generator = random.Random(3)
        garbage = [
            bytes([first]) + generator.randbytes(160) for first in (0x80, 0x00, 0x16, 0xFF, 0x80, 0x80)
        ]
        with stranger() as other:
            begun = time.monotonic()
            while not over.wait(0.001):
                while sent < FLOOD * (time.monotonic() - begun):
                    other.sendto(garbage[sent % len(garbage)], bot)
                    sent += 1

    thread = threading.Thread(target=flood)
    before = resident()
    thread.start()
    try:
        call.leg.play("long", voice(3.0, 8))
        await caller.until_prompt()
        await hears(call, voice(1.0, 9), ear, tries=TRIES)
        await caller.until_quiet()
        await goes_on(call, voice)
    finally:
        over.set()
        thread.join()
    assert sent > FLOOD
    assert steps_of(caller) == {(1, OPUS.frame)}
    assert resident() - before < 20 * 2**20
