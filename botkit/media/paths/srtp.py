"""Over the socket that ICE found and with the keys that DTLS made, both by aiortc (RFC 3711, 8834)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pylibsrtp
from aiortc import RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport

from botkit.media import aiortc_hooks
from botkit.media.rtp.sockets import Address, Sockets
from botkit.media.weakly import weakly

from .negotiation import Negotiation
from .path import Terms
from .rtp import RtpPath

PACKETS = range(128, 192)
"""The first byte of RTP and RTCP (RFC 7983); all others on the socket are ICE's and DTLS's."""
RTCP_KINDS = range(192, 224)
"""The second byte of RTCP (RFC 5761 section 4)."""
LONGEST_PACKET = 1356
"""Bytes that libsrtp's binding takes: 1500 less what encryption may add."""


class SrtpPort:
    """`PacketPort` that takes over what was aiortc's. What is no SRTP goes on to aiortc; what bears no right
    key is dropped."""

    def __init__(
        self,
        transport: RTCDtlsTransport,
        sockets: Sockets,
        *,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        """`transport` is connected. Raises `LookupError` when it has no socket of its own to take over."""
        self._transport = transport
        self._sockets = sockets
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._closed = False
        self.refused = 0
        """Packets that could not be sent, or were not sent by the far end."""
        self._link = self._take_over()

    def send(self, packet: bytes) -> None:
        """RTP or RTCP; to where ICE found the far end."""
        link = self._link
        if self._closed:
            return
        protect = link.sending.protect_rtcp if packet[1] in RTCP_KINDS else link.sending.protect
        try:
            link.doors[0].sock.sendto(protect(packet), link.far_end)
        except OSError:  # its buffer is full, or nobody is there: the watchdog and ICE's consent tell
            self.refused += 1
        except ValueError:  # it came from a leg without encryption, and has no room for any
            self.refused += 1

    def follow(self) -> None:
        """ICE may have chosen another pair of addresses."""
        if self._closed or not aiortc_hooks.has_moved(self._transport, self._link):
            return
        before, self._link = self._link, self._take_over()  # should that fail, all is as it was
        self._let_go(before)

    def close(self) -> None:
        """Leave the socket to aiortc, which closes it."""
        if not self._closed:
            self._closed = True
            self._let_go(self._link)

    def _take_over(self) -> aiortc_hooks.Link:
        link = aiortc_hooks.hand_over(self._transport)
        for door in link.doors:
            self._sockets.add(door.sock, partial(self._take, door))
        return link

    def _let_go(self, link: aiortc_hooks.Link) -> None:
        for door in link.doors:
            self._sockets.remove(door.sock)
            door.sock.close()

    def _take(self, door: aiortc_hooks.Door, data: bytes, address: Address) -> None:
        if len(data) < 2:
            return
        if data[0] not in PACKETS:
            door.pass_on(data, address)
        elif len(data) <= LONGEST_PACKET:
            try:
                if data[1] in RTCP_KINDS:
                    self._on_rtcp(self._link.receiving.unprotect_rtcp(data))
                else:
                    self._on_rtp(self._link.receiving.unprotect(data))
            except pylibsrtp.Error:  # not from the far end, or a replay
                self.refused += 1


class SrtpPath(RtpPath):
    """A leg's slots on the socket that ICE chose, and with the keys that DTLS made."""

    _connection: RTCPeerConnection | None = None

    def negotiate(self, terms: Terms) -> Negotiation:
        """By ICE and DTLS."""
        return Negotiation(self._attach, terms)

    def _attach(self, connection: RTCPeerConnection) -> None:
        """With an audio line that aiortc negotiates and then leaves alone."""
        self._connection = connection
        transceiver = connection.addTransceiver("audio")
        aiortc_hooks.leave_alone(transceiver)
        transport = aiortc_hooks.transport_of(transceiver)
        aiortc_hooks.drop_empty_datagrams(transport)
        aiortc_hooks.take_incoming(transport, self._incoming)  # until the connection stands

    def _ssrc(self) -> int:
        """As the description tells it."""
        return aiortc_hooks.ssrc_of(self._transceiver())

    def _open(self) -> SrtpPort:
        transport = aiortc_hooks.transport_of(self._transceiver())
        return SrtpPort(transport, self._sockets, on_rtp=self._incoming, on_rtcp=weakly(self._take_report))

    def _transceiver(self) -> RTCRtpTransceiver:
        assert self._connection is not None, "it is attached"
        (transceiver,) = self._connection.getTransceivers()
        return transceiver
