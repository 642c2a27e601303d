"""Keys in front of aiortc's own receiver: the audio behind them goes on as if they had never been there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from botkit.media import aiortc_hooks
from botkit.media.codecs import OPUS, PCMU, AudioCodec
from botkit.media.incoming import Incoming
from botkit.media.rtp import RtpHeader, renumbered
from botkit.testing.caller import Caller

PREFETCH = 4
"""Packets that aiortc's jitter buffer always holds back; after a hole it holds back 14 for ever."""


class Listener:
    """An aiortc peer that counts what goes into its receiver and what comes out."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.passed = self.decoded = 0
        self.news = asyncio.Event()
        self.filter = Incoming(126, self.keys.append)
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def answer(self, offer: str) -> str:
        self.pc.addTransceiver("audio", direction="recvonly")
        aiortc_hooks.gather_loopback(self.pc, always=True)
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        (transceiver,) = self.pc.getTransceivers()
        aiortc_hooks.filter_incoming(aiortc_hooks.transport_of(transceiver), self.hear)
        self.reading = asyncio.create_task(self.read(transceiver.receiver.track))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    def hear(self, packet: bytes) -> bytes | None:
        kept = self.filter(packet)
        self.passed += kept is not None
        self.news.set()
        return kept

    async def read(self, track) -> None:
        try:
            while await track.recv():
                self.decoded += 1
                self.news.set()
        except MediaStreamError:
            return

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()


@pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
async def test_the_jitter_buffer_never_notices_a_key(
    codec: AudioCodec, hang_up: Callable[[Caller], Caller]
) -> None:
    caller, listener = hang_up(Caller(codec=codec)), Listener()
    await caller.apply_answer(await listener.answer(await caller.offer()))
    await listener.until(lambda: listener.decoded >= 5)
    for key in "12#":
        await caller.press(key, packets=2)
    behind = listener.passed
    await listener.until(lambda: listener.passed >= behind + 30)
    await listener.until(lambda: listener.passed - listener.decoded <= PREFETCH + 1)
    assert listener.keys == ["1", "2", "#"]
    await listener.pc.close()
    await listener.reading


def test_only_keys_are_taken_out_and_numbers_close_up() -> None:
    told: list[str] = []
    incoming = Incoming(126, told.append)
    audio = bytes.fromhex("80 6f 0001 00000000 deadbeef") + b"sound"
    key = bytes.fromhex("80 fe 0002 00000000 deadbeef 070a00a0")
    report = bytes.fromhex("80 c8 0006 deadbeef") + bytes(20)
    assert incoming(audio) is audio
    assert incoming(key) is None
    assert incoming(renumbered(audio, 3)) == renumbered(audio, 2)
    assert incoming(report) is report
    assert told == ["7"]


def test_without_telephone_event_everything_is_sound() -> None:
    incoming = Incoming(None, pytest.fail)
    key = bytes.fromhex("80 fe 0002 00000000 deadbeef 070a00a0")
    assert incoming(key) is key
    assert RtpHeader.read(key) is not None
