"""Plain RTP over UDP (RFC 3550, 3551): the engine without ICE and keys, for ends that have neither.

Whoever is on the way can listen, and anybody can send: a port takes packets of the first source that sends
what was agreed on, and of nobody else from then on (symmetric RTP, RFC 4961); it also answers there, since
what an end behind a NAT says of its address is of no use.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable, Collection

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from botkit.media.rtp.dtmf import KEYS
from botkit.media.rtp.header import RTCP_TYPES, RtpHeader
from botkit.media.rtp.sockets import Address, Sockets
from botkit.media.sdp import Description, read_offer, rejected
from botkit.media.weakly import weakly
from botkit.ports.audio import OfferRefused

from .path import Terms
from .rtp import RtpPath

PAIRS = 50
"""Tries to find two neighbouring ports that are free."""
RINGS = 30.0
"""Seconds that the far end may be silent at first: it begins to send when it knows that we have answered."""
OPPOSITE = {"sendonly": "recvonly", "recvonly": "sendonly"}


class UdpPort:
    """`PacketPort` on one UDP socket, or on two where reports have a port of their own."""

    def __init__(self, far: Description) -> None:
        """Bound to the address from which the far end is reached. Raises `OfferRefused`."""
        address = far.address
        muxed = far.report_port == address[1]
        try:
            self._sock, self._report_sock = _bound(_local_address(address), muxed=muxed)
        except OSError as fault:
            raise OfferRefused(f"{address[0]} cannot be reached: {fault.strerror or fault}") from fault
        self._sockets: Sockets | None = None
        self._types: Collection[int] = ()
        self._closed = False
        self._told: tuple[Address, Address] | None = None
        self._latched = False
        self._far = self._left = ("", 0)
        """Where it is, and where it was before: what is under way from there counts no more."""
        self.aim(far)

    @property
    def local(self) -> Address:
        """IP address and port."""
        host, port = self._sock.getsockname()[:2]
        return host, port

    def aim(self, far: Description) -> None:
        """Send where this description says, until something comes from elsewhere. Raises `OfferRefused`."""
        self._types = {*far.types} if far.key_type is None else {*far.types, far.key_type}
        told = (far.address, (far.address[0], far.report_port))
        if told != self._told and not (self._told and far.held):
            self._told, self._latched, self._left = told, False, self._far
            self._far, self._far_reports = told

    def open(
        self, sockets: Sockets, *, on_rtp: Callable[[bytes], None], on_rtcp: Callable[[bytes], None]
    ) -> None:
        """Begin to read."""
        self._sockets, self._on_rtp, self._on_rtcp = sockets, on_rtp, on_rtcp
        for sock in {self._sock, self._report_sock}:
            sock.setblocking(False)
            sockets.add(sock, self._take)

    def send(self, packet: bytes) -> None:
        """RTP or RTCP."""
        if self._closed:
            return
        reports = packet[1] & 0x7F in RTCP_TYPES
        sock, far = (self._report_sock, self._far_reports) if reports else (self._sock, self._far)
        # Nobody is there yet, or any more: the watchdog tells. Behind the last port reports have none.
        with contextlib.suppress(OSError, OverflowError):
            sock.sendto(packet, far)

    def follow(self) -> None:
        """The far end is where its packets come from."""

    def close(self) -> None:
        """Twice is no error."""
        if self._closed:
            return
        self._closed = True
        for sock in {self._sock, self._report_sock}:
            if self._sockets is not None:
                self._sockets.remove(sock)
            sock.close()

    def _take(self, data: bytes, address: Address) -> None:
        source = address[:2]
        if len(data) >= 2 and data[0] >> 6 == 2 and data[1] & 0x7F in RTCP_TYPES:
            if source in (self._far_reports, self._far):
                self._on_rtcp(data)
            return
        header = RtpHeader.read(data)
        if header is None or header.payload_type not in self._types:
            return
        if not self._latched and source != self._left:
            self._latched = True
            if source != self._far:
                reports = source[1] if self._report_sock is self._sock else source[1] + 1
                self._far, self._far_reports = source, (source[0], reports)
        if source == self._far:
            self._on_rtp(data)


class PlainRtpPath(RtpPath):
    """A leg's slots on a `UdpPort`."""

    udp: UdpPort | None = None
    """Made by what negotiates."""
    _begun_at = 0.0

    @property
    def reported_at(self) -> float:
        """Until it has begun to send, the far end is as good as heard."""
        silent_until = self._begun_at + RINGS
        begins = self._incoming.heard_at <= self._begun_at and time.monotonic() < silent_until
        return time.monotonic() if begins else super().reported_at

    def negotiate(self, terms: Terms) -> PlainNegotiation:
        """By one offer and one answer."""
        return PlainNegotiation(self, terms)

    def begin(self) -> None:
        """The far end may send from now on."""
        self._begun_at = time.monotonic()
        super().begin()

    def _ssrc(self) -> int:
        return secrets.randbits(32)

    def _open(self) -> UdpPort:
        assert self.udp is not None, "it is negotiated"
        self.udp.open(self._sockets, on_rtp=self._incoming, on_rtcp=weakly(self._take_report))
        return self.udp


class PlainNegotiation:
    """`Negotiator` for offers of plain RTP. There is nothing to connect: media may flow with the answer."""

    def __init__(self, path: PlainRtpPath, terms: Terms) -> None:
        self.offer = self.answer = ""
        self._path = path
        self._terms = terms
        self._session = secrets.randbits(31)
        self._version = 0

    async def answer_offer(self, offer: str, *, before: Description | None = None) -> None:
        """Bind a port. Raises `OfferRefused`."""
        far = read_offer(offer, before=before, plain=True)
        self._path.udp = UdpPort(far)
        self._agree(far)
        asyncio.get_running_loop().call_soon(self._terms.state, "connected")

    async def make_offer(self) -> None:
        """Raises `OfferRefused`: nobody has said that they take plain RTP."""
        raise OfferRefused("the bot offers no plain RTP, it only answers it")

    async def complete(self, answer: str) -> None:
        """Raises `OfferRefused`: there is no offer."""
        raise OfferRefused("the bot offers no plain RTP, so there is nothing to complete")

    async def renegotiate(self, far: Description) -> None:
        """Also where the far end has another address now."""
        assert self._path.udp is not None, "there is a way"
        self._path.udp.aim(far)
        self._agree(far)

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """There is no choice."""

    async def close(self) -> None:
        """A port that was never begun goes too."""
        if self._path.udp is not None:
            self._path.udp.close()

    def _agree(self, far: Description) -> None:
        codec, number = far.codecs[0], int(far.formats[0])
        self.answer = self._answer(far)
        self._terms.agreed(
            far,
            RTCRtpCodecParameters(
                mimeType=f"audio/{codec.name}", clockRate=codec.clock_rate, payloadType=number
            ),
        )

    def _answer(self, far: Description) -> str:
        assert self._path.udp is not None, "it is bound"
        host, port = self._path.udp.local
        family = "IP6" if ":" in host else "IP4"
        self._version += 1
        audio = far.sections[far.index]
        muxed = audio.attribute("rtcp-mux") is not None
        ours = [
            f"m=audio {port} {audio.profile} {' '.join(far.formats)}",
            *(
                f"a=rtpmap:{number} {codec.name}/{codec.clock_rate}{'/2' if codec.name == 'opus' else ''}"
                for number, codec in zip(far.formats, far.codecs, strict=False)
            ),
            *(
                ()
                if far.key_type is None
                else (
                    f"a=rtpmap:{far.key_type} telephone-event/{far.key_rate}",
                    f"a=fmtp:{far.key_type} 0-{len(KEYS) - 1}",
                )
            ),
            "a=ptime:20",
            *(["a=rtcp-mux"] if muxed else []),
            f"a={OPPOSITE.get(far.direction, far.direction)}",
        ]
        lines = [
            "v=0",
            f"o=- {self._session} {self._version} IN {family} {host}",
            "s=-",
            f"c=IN {family} {host}",
            "t=0 0",
        ]
        for number, section in enumerate(far.sections):
            lines += ours if number == far.index else rejected(section)
        return "\r\n".join([*lines, ""])


def _local_address(far: Address) -> str:
    """Ours, as seen from there."""
    family = socket.AF_INET6 if ":" in far[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(far)
        return str(probe.getsockname()[0])


def _bound(host: str, *, muxed: bool) -> tuple[socket.socket, socket.socket]:
    """For RTP and for reports; one and the same where they share a port, else neighbours (RFC 3550 11)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(PAIRS):
        with contextlib.ExitStack() as unused:
            first = unused.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            first.bind((host, 0))
            if muxed:
                unused.pop_all()
                return first, first
            port = first.getsockname()[1]
            second = unused.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                second.bind((host, port + 1))
                if port % 2 == 0:
                    unused.pop_all()
                    return first, second
    raise OSError("no two neighbouring ports are free")
