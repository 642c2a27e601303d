"""The private doors of aiortc: two of its own peers against each, so a new release cannot shut one unseen."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.codecs import CODECS

from botkit.media import aiortc_hooks
from botkit.media.codecs import OPUS, silence
from botkit.media.rtp.header import RTCP_TYPES, RtpHeader
from botkit.media.sending.playout import Playout
from botkit.media.sending.track import PlayoutTrack

Pair = tuple[RTCPeerConnection, RTCPeerConnection]


class Silence(PlayoutTrack):
    """A track that never gets a prompt."""

    def __init__(self) -> None:
        super().__init__(Playout(OPUS, None, lambda event: None), OPUS)  # type: ignore[arg-type]


@pytest.fixture
async def pair() -> AsyncIterator[tuple[RTCPeerConnection, RTCPeerConnection]]:
    aiortc_hooks.register_telephone_event()
    caller, answerer = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    caller.addTrack(Silence())
    answerer.addTrack(Silence())
    aiortc_hooks.gather_loopback(caller, always=True)
    aiortc_hooks.gather_loopback(answerer, always=True)
    yield caller, answerer
    await caller.close()
    await answerer.close()


async def connect(caller: RTCPeerConnection, answerer: RTCPeerConnection) -> None:
    await caller.setLocalDescription(await caller.createOffer())
    await answerer.setRemoteDescription(caller.localDescription)
    await answerer.setLocalDescription(await answerer.createAnswer())
    await caller.setRemoteDescription(answerer.localDescription)


def transport(connection: RTCPeerConnection):
    return aiortc_hooks.transport_of(connection.getTransceivers()[0])


async def test_keys_are_negotiated_and_last(pair: Pair) -> None:
    aiortc_hooks.register_telephone_event()
    assert CODECS["audio"].count(aiortc_hooks.TELEPHONE_EVENT) == 1
    await connect(*pair)
    for connection in pair:
        names = [codec.mimeType for codec in aiortc_hooks.negotiated(connection.getTransceivers()[0])]
        assert names[0] == "audio/opus"
        assert names[-1] == "audio/telephone-event"
    assert "a=fmtp:126 0-15" in pair[1].localDescription.sdp


async def test_loopback_is_gathered(pair: Pair) -> None:
    await connect(*pair)
    for connection in pair:
        assert " 127.0.0.1 " in connection.localDescription.sdp


class Standstill:
    """`asyncio` for aioice, where nobody ever wakes up from its 20 ms."""

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await (asyncio.Event().wait() if seconds == 0.02 else asyncio.sleep(seconds))


async def test_a_chosen_way_is_noticed_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    for connection in pair:
        aiortc_hooks.connect_at_once(connection)
    monkeypatch.setattr("aioice.ice.asyncio", Standstill())
    await connect(*pair)
    connected = asyncio.Event()

    def look() -> None:
        if {connection.connectionState for connection in pair} == {"connected"}:
            connected.set()

    for connection in pair:
        connection.on("connectionstatechange", look)
    look()
    await asyncio.wait_for(connected.wait(), 30)


async def test_the_sender_s_filter_decides_and_the_receiver_gets_every_packet(
    pair: tuple[RTCPeerConnection, RTCPeerConnection],
) -> None:
    caller, answerer = pair
    sent, heard, done = [], [], asyncio.Event()

    def outgoing(packet: bytes) -> bytes | None:
        header = RtpHeader.read(packet)
        if header is None:
            assert packet[1] & 0x7F in RTCP_TYPES
            return packet
        sent.append(packet)
        return None if len(sent) % 2 else packet

    def incoming(packet: bytes) -> None:
        heard.append(packet)
        if len(heard) == 5:
            done.set()

    aiortc_hooks.filter_outgoing(transport(caller), outgoing)
    aiortc_hooks.take_incoming(transport(answerer), incoming)
    await connect(caller, answerer)
    await asyncio.wait_for(done.wait(), 30)
    assert heard[:5] == sent[1:10:2]


async def test_a_reader_that_fails_is_told_of_once_and_ends_nothing(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caller, answerer = pair
    heard, done = [], asyncio.Event()

    def incoming(packet: bytes) -> None:
        heard.append(packet)
        if len(heard) == 5:
            done.set()
        raise ZeroDivisionError

    aiortc_hooks.take_incoming(transport(answerer), incoming)
    await connect(caller, answerer)
    await asyncio.wait_for(done.wait(), 30)
    assert answerer.connectionState == "connected"
    assert [record.name for record in caplog.records] == ["botkit.media.aiortc_hooks"]


async def test_garbage_from_anybody_ends_nothing(pair: Pair) -> None:
    caller, answerer = pair
    heard, news = [], asyncio.Event()

    def incoming(packet: bytes) -> None:
        heard.append(packet)
        news.set()

    aiortc_hooks.drop_empty_datagrams(transport(answerer))
    aiortc_hooks.take_incoming(transport(answerer), incoming)
    await connect(caller, answerer)
    await asyncio.wait_for(news.wait(), 30)
    address = re.search(r"candidate:\S+ 1 udp \d+ (127\S+) (\d+)", answerer.localDescription.sdp)
    assert address is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in (
            b"",
            b"\x80",
            b"\x80\xc8",
            b"\x16",
            b"\x14" + bytes(40),
            bytes(3),
            b"\x80\xc8" + bytes(60),
        ):
            stranger.sendto(data, (address[1], int(address[2])))
    before = len(heard)
    async with asyncio.timeout(30):
        while len(heard) < before + 10:
            news.clear()
            await news.wait()
    assert answerer.connectionState == "connected"


async def test_reports_to_the_far_end_count_the_packets_that_were_taken(pair: Pair) -> None:
    caller, answerer = pair
    lost, counted, news = [], [], asyncio.Event()

    def outgoing(packet: bytes) -> bytes | None:
        header = RtpHeader.read(packet)
        if header is None or header.sequence % 4:
            return packet
        lost.append(header.sequence)
        return None

    aiortc_hooks.filter_outgoing(transport(caller), outgoing)
    await connect(caller, answerer)
    count = aiortc_hooks.reception_counter(answerer.getTransceivers()[0], 48_000)

    def incoming(packet: bytes) -> None:
        header = RtpHeader.read(packet)
        assert header is not None
        count(header)
        counted.append(header.sequence)
        news.set()

    aiortc_hooks.take_incoming(transport(answerer), incoming)
    sender = caller.getTransceivers()[0].sender
    async with asyncio.timeout(30):
        reported = None
        while reported is None or not reported.packetsLost:
            news.clear()
            await news.wait()
            stats = (await sender.getStats()).values()
            reported = next((each for each in stats if each.type == "remote-inbound-rtp"), None)
    assert 0 < reported.packetsLost <= len(lost)
    assert reported.fractionLost / 256 == pytest.approx(0.25, abs=0.15)
    inbound = (await answerer.getTransceivers()[0].receiver.getStats()).values()
    assert [each.packetsReceived for each in inbound if each.type == "inbound-rtp"] == [len(counted)]


async def test_payloads_pass_unchanged(pair: Pair) -> None:
    """aiortc's documented way for encoded frames, on which every prompt relies."""
    caller, answerer = pair
    seen = asyncio.get_running_loop().create_future()

    def incoming(packet: bytes) -> None:
        header = RtpHeader.read(packet)
        if header is not None and not seen.done():
            seen.set_result(packet[header.start : header.end])

    aiortc_hooks.take_incoming(transport(answerer), incoming)
    await connect(caller, answerer)
    assert await asyncio.wait_for(seen, 30) == silence(OPUS)
