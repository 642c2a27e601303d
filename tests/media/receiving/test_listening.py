"""A leg that listens, against a real caller over loopback."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from botkit.media import aiortc_hooks
from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec
from botkit.media.rtp.header import RtpHeader
from botkit.media.sending.keytones import key_tones
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, LegConnected

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]
every_codec = pytest.mark.parametrize("codec", [OPUS, PCMU, PCMA], ids=lambda codec: codec.name)


@every_codec
async def test_what_the_caller_says_is_heard_whole(
    dial: Dial, ear: Any, voice: Voice, codec: AudioCodec
) -> None:
    call = await dial(codec)
    listener, said = ear(call.leg), voice(1.0, 1)
    await call.caller.say(said)
    await listener.until_quiet()
    assert listener.objection(said) == ""
    assert {len(sound.samples) for sound in listener.heard} == {640}
    assert all(a.at <= b.at for a, b in pairwise(listener.heard))


async def test_sound_is_heard_as_soon_as_its_packet_is_there(dial: Dial, ear: Any, voice: Voice) -> None:
    """aiortc's own way takes 80 ms longer, and 280 ms once a packet was lost."""
    call = await dial()
    listener = ear(call.leg)
    late = []
    given = listener.__call__

    def note(sound: Any) -> None:
        late.append(time.monotonic() - sound.at)
        given(sound)

    call.leg.listen(note)
    await call.caller.say(voice(0.5, 1))
    await listener.until_quiet()
    # Those that the machine did not hold up; what waits in a buffer waits with every packet.
    assert sorted(late)[len(late) // 5] < 0.04


async def test_a_caller_that_sends_nothing_is_heard_as_silence_in_its_time(dial: Dial, ear: Any) -> None:
    """And no sooner; that it is no later is told on a clock that does not depend on the machine
    (`test_incoming`)."""
    call = await dial()
    call.caller.mute()
    listener, begun = ear(call.leg), time.monotonic()
    async with asyncio.timeout(30):
        while len(listener.heard) < 25:
            listener.news.clear()
            await listener.news.wait()
    assert time.monotonic() - begun > 0.46
    assert not any(any(sound.samples) for sound in listener.heard[5:])


async def test_nobody_hears_what_is_said_when_nobody_listens(dial: Dial, ear: Any, voice: Voice) -> None:
    call = await dial()
    listener = ear(call.leg)
    await call.caller.say(voice(0.1, 1))
    call.leg.listen(None)
    heard = len(listener.heard)
    await call.caller.say(voice(0.1, 2))
    assert len(listener.heard) == heard


async def test_a_listener_that_fails_ends_neither_the_call_nor_the_keys(dial: Dial, voice: Voice) -> None:
    call = await dial()
    loop, faults = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda loop, context: faults.append(context["exception"]))

    def fail(sound: Any) -> None:
        raise ZeroDivisionError

    call.leg.listen(fail)
    await call.caller.say(voice(0.1, 1))
    await call.caller.press("4")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))
    assert isinstance(faults[0], ZeroDivisionError)


@every_codec
async def test_tones_are_keys_where_the_offer_had_no_telephone_event(dial: Dial, codec: AudioCodec) -> None:
    call = await dial(codec, keys=False)
    for key in "17*#":
        await call.caller.press(key)
    await call.told.until(lambda: len(call.told.of(DigitPressed)) == 4)
    assert "".join(event.digit for event in call.told.of(DigitPressed)) == "17*#"


async def test_tones_are_sound_where_telephone_event_was_agreed_on(dial: Dial, ear: Any) -> None:
    call = await dial()
    listener = ear(call.leg)
    await call.caller.say(key_tones("1"))
    await listener.until_quiet()
    assert call.told.of(DigitPressed) == []


async def test_garbage_on_the_wire_ends_nothing(dial: Dial, ear: Any, voice: Voice) -> None:
    call = await dial()
    listener = ear(call.leg)
    count = itertools.count()

    def spoil(packet: bytes) -> bytes:
        n, header = next(count), RtpHeader.read(packet)
        if header is None or n % 3:
            return packet
        return packet[: header.start] + bytes([n % 256]) * (n % 7)

    (transceiver,) = call.caller._pc.getTransceivers()
    aiortc_hooks.filter_outgoing(aiortc_hooks.transport_of(transceiver), spoil)
    await call.caller.say(voice(0.6, 3))
    await call.caller.press("9")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))
    assert len(call.told.of(LegConnected)) == 1
    assert listener.heard


async def test_far_ends_are_asked_for_copies_of_opus_frames(dial: Dial, ring: Dial) -> None:
    answered, dialled = await dial(), await ring()
    for sdp in (answered.leg.answer, dialled.leg.offer):
        (number,) = re.findall(r"a=rtpmap:(\d+) opus/48000/2", sdp)
        assert re.search(rf"a=fmtp:{number} .*\buseinbandfec=1\b", sdp)


async def test_what_the_caller_says_is_heard_over_a_bad_line(dial: Dial, ear: Any, voice: Voice) -> None:
    call = await dial()
    (transceiver,) = call.caller._pc.getTransceivers()
    count = itertools.count()
    aiortc_hooks.filter_outgoing(
        aiortc_hooks.transport_of(transceiver), lambda packet: packet if next(count) % 15 != 7 else None
    )
    listener, said = ear(call.leg), voice(0.8, 1)
    await call.caller.say(said)
    await listener.until_quiet()
    assert listener.objection(said) == ""
