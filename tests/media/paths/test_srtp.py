"""The sockets and keys of a connection in our own hands: two peers of aiortc, both taken over."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection

from botkit.media import aiortc_hooks
from botkit.media.paths.srtp import LONGEST_PACKET, SrtpPort
from botkit.media.rtp.sockets import Sockets

SSRC = 0xC0FFEE
ADDRESSES = ["127.0.0.1", "127.0.0.2"]


def packet(number: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 111, number, number * 960, SSRC) + b"sound"


REPORT = struct.pack("!BBHI", 0x80, 201, 1, SSRC)


@dataclass
class End:
    """One of both."""

    connection: RTCPeerConnection
    sockets: Sockets = field(default_factory=Sockets)
    heard: list[bytes] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)

    @property
    def transport(self):
        return aiortc_hooks.transport_of(self.connection.getTransceivers()[0])

    @property
    def ice(self) -> ice.Connection:
        return self.transport.transport._connection

    def take_over(self) -> None:
        self.port = SrtpPort(
            self.transport, self.sockets, on_rtp=self.heard.append, on_rtcp=self.reports.append
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.sockets.read()
                await asyncio.sleep(0)


@pytest.fixture
async def ends(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[End, End]]:
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ADDRESSES)
    caller, answerer = (End(RTCPeerConnection(RTCConfiguration(iceServers=[]))) for _ in range(2))
    connected = [asyncio.Event(), asyncio.Event()]
    for end, event in zip((caller, answerer), connected, strict=True):
        transceiver = end.connection.addTransceiver("audio")
        aiortc_hooks.leave_alone(transceiver)

        def changed(end: End = end, event: asyncio.Event = event) -> None:
            if end.connection.connectionState == "connected":
                event.set()

        end.connection.on("connectionstatechange", changed)
    await caller.connection.setLocalDescription(await caller.connection.createOffer())
    await answerer.connection.setRemoteDescription(caller.connection.localDescription)
    await answerer.connection.setLocalDescription(await answerer.connection.createAnswer())
    await caller.connection.setRemoteDescription(answerer.connection.localDescription)
    async with asyncio.timeout(30):
        await asyncio.gather(*(event.wait() for event in connected))
    caller.take_over()
    answerer.take_over()
    yield caller, answerer
    for end in (caller, answerer):
        end.port.close()
        await end.connection.close()
        end.sockets.close()


async def test_packets_and_reports_go_both_ways(ends: tuple[End, End]) -> None:
    for here, there in (ends, ends[::-1]):
        here.port.send(packet(1))
        here.port.send(REPORT)
        await there.until(lambda there=there: bool(there.heard and there.reports))
        assert there.heard == [packet(1)]
        assert there.reports == [REPORT]


async def test_what_comes_by_another_of_our_addresses_is_heard_as_well(ends: tuple[End, End]) -> None:
    here, there = ends
    aside = [
        (protocol.local_candidate.host, protocol.local_candidate.port) for protocol in there.ice._protocols
    ]
    assert len(aside) == len(ADDRESSES)
    for number, address in enumerate(aside):
        link = here.port._link
        link.doors[0].sock.sendto(link.sending.protect(packet(number)), address)
    await there.until(lambda: len(there.heard) == len(aside))


async def test_the_far_end_is_followed_to_another_pair_of_addresses(ends: tuple[End, End]) -> None:
    here, there = ends
    used = here.ice._nominated[1]
    protocol = next(each for each in here.ice._protocols if each is not used.protocol)
    remote = next(each for each in here.ice.remote_candidates if each.host == protocol.local_candidate.host)
    other = ice.CandidatePair(protocol, remote)
    here.port.follow()
    here.port.send(packet(1))
    here.ice._nominated[1] = other
    here.port.follow()
    assert here.port._link.far_end == (remote.host, remote.port)
    here.port.send(packet(2))
    await there.until(lambda: len(there.heard) == 2)
    there.port.send(packet(3))
    await here.until(lambda: here.heard == [packet(3)])


async def test_a_pair_of_addresses_that_cannot_be_taken_over_leaves_a_port_that_can_be_closed(
    ends: tuple[End, End], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = ends

    def refuse(transport: object) -> aiortc_hooks.Link:
        raise LookupError("a relay")

    monkeypatch.setattr(aiortc_hooks, "has_moved", lambda transport, link: True)
    monkeypatch.setattr(aiortc_hooks, "hand_over", refuse)
    with pytest.raises(LookupError):
        here.port.follow()
    here.port.send(packet(1))
    await there.until(lambda: there.heard == [packet(1)])
    here.port.close()


async def test_what_no_key_fits_is_dropped_and_counted(ends: tuple[End, End]) -> None:
    here, there = ends
    link = here.port._link
    sent = link.sending.protect(packet(1))
    forged = sent[:-1] + bytes([sent[-1] ^ 1])
    for datagram in (forged, sent, sent, b"", b"\x80", b"\x80" * (LONGEST_PACKET + 1)):
        link.doors[0].sock.sendto(datagram, link.far_end)
    here.port.send(packet(2))
    await there.until(lambda: len(there.heard) == 2)
    assert there.heard == [packet(1), packet(2)]
    assert there.port.refused == 2, "one forged, one replayed"


async def test_what_is_too_long_to_be_encrypted_is_lost_alone(ends: tuple[End, End]) -> None:
    here, there = ends
    here.port.send(packet(1) + bytes(1500))
    here.port.send(packet(2))
    await there.until(lambda: bool(there.heard))
    assert there.heard == [packet(2)]
    assert here.port.refused == 1


async def test_a_port_that_is_closed_says_nothing_and_leaves_ice_alone(ends: tuple[End, End]) -> None:
    here, there = ends
    here.port.close()
    here.port.close()
    here.port.send(packet(1))
    here.port.follow()
    there.port.send(packet(2))
    there.sockets.read()
    assert there.heard == []
    assert here.heard == []
