"""A leg's packets on sockets of our own: what leaves in each slot, what comes, and the reports on both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from aiortc import RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from botkit.media.receiving.incoming import Incoming
from botkit.media.rtp.header import RtpHeader
from botkit.media.rtp.port import PacketPort
from botkit.media.rtp.reports import Reports
from botkit.media.rtp.sockets import Sockets
from botkit.media.rtp.srtp import SrtpPort
from botkit.media.rtp.stream import RtpStream
from botkit.media.rtp.ticker import Ticker
from botkit.media.sending.playout import KeyPacket, Playout

from . import aiortc_hooks
from .codecs import AudioCodec, silence
from .negotiation import Negotiation
from .path import Negotiator, PathListener
from .sdp import Description
from .weakly import weakly

LOOK = 50
"""Slots between two looks whether a report is due, and whether the far end has moved."""


class EnginePath:
    """A leg's slots on the ticker of all legs, and its packets on the socket that ICE chose."""

    def __init__(
        self,
        playout: Playout,
        incoming: Incoming,
        listener: PathListener,
        *,
        ticker: Ticker,
        sockets: Sockets,
    ) -> None:
        self._listener = listener
        self._playout = playout
        self._incoming = incoming
        self._ticker = ticker
        self._sockets = sockets
        self._connection: RTCPeerConnection | None = None
        self._stream: RtpStream | None = None
        self._reports: Reports | None = None
        self._look_at: int | None = None
        self._port: PacketPort | None = None
        self._silence = b""
        self._held = False

    @property
    def reported_at(self) -> float:
        """When the far end's last report came."""
        return 0.0 if self._reports is None else self._reports.heard_at or 0.0

    @property
    def changes_codec(self) -> bool:
        """In any slot."""
        return True

    def negotiate(
        self,
        *,
        loopback: Literal["auto"] | bool,
        on_agreed: Callable[[Description, RTCRtpCodecParameters], None],
        on_state: Callable[[str], None],
    ) -> Negotiator:
        """By ICE and DTLS."""
        return Negotiation(self._attach, loopback=loopback, on_agreed=on_agreed, on_state=on_state)

    def _attach(self, connection: RTCPeerConnection) -> None:
        """With an audio line that aiortc negotiates and then leaves alone."""
        self._connection = connection
        transceiver = connection.addTransceiver("audio")
        aiortc_hooks.leave_alone(transceiver)
        transport = aiortc_hooks.transport_of(transceiver)
        aiortc_hooks.drop_empty_datagrams(transport)
        aiortc_hooks.take_incoming(transport, self._incoming)  # until the connection stands

    def agree(self, far: Description, codec: AudioCodec, payload_type: int) -> None:
        """One stream, whose SSRC the description has told."""
        rates = {number: each.clock_rate for number, each in far.types.items()}
        if self._stream is None or self._reports is None:
            self._stream = RtpStream(self._ssrc(), codec, payload_type, far.key_type, far.key_rate)
            self._reports = Reports(self._stream, codec.clock_rate, rates=rates)
        else:
            self._stream.use(codec, payload_type, far.key_type, far.key_rate)
            self._reports.use(codec.clock_rate, rates)
        self._silence = silence(codec)
        self._held = far.held

    def begin(self) -> None:
        """Take over, and send the first packet at once."""
        self._port = self._open()
        self._incoming.count = weakly(self._count)
        self._ticker.add(self)

    def end(self) -> None:
        """Back to aiortc, which says good-bye."""
        self._ticker.remove(self)
        if self._port is not None and self._reports is not None:
            self._port.send(self._reports.bye(time.monotonic(), time.time()))
            self._port.close()
            self._listener.measured(self._reports.statistics)

    def slot(self, number: int, now: float) -> None:
        """Send what is due."""
        stream, port = self._stream, self._port
        assert stream is not None, "it is agreed"
        assert port is not None, "it has begun"
        self._incoming.tick(now)
        if not self._held:
            slot = self._playout.next(now)
            if isinstance(slot, KeyPacket):
                port.send(stream.key(number, slot, now))
            else:
                port.send(stream.sound(number, slot or self._silence, now))
        if self._look_at is None or number >= self._look_at:
            self._look_at = number + LOOK
            self._look(port, now)

    def _ssrc(self) -> int:
        """As the description tells it."""
        return aiortc_hooks.ssrc_of(self._transceiver())

    def _open(self) -> PacketPort:
        """Where packets go."""
        transport = aiortc_hooks.transport_of(self._transceiver())
        return SrtpPort(transport, self._sockets, on_rtp=self._incoming, on_rtcp=weakly(self._take_report))

    def _transceiver(self) -> RTCRtpTransceiver:
        assert self._connection is not None, "it is attached"
        (transceiver,) = self._connection.getTransceivers()
        return transceiver

    def broken(self) -> None:
        """The ticker gives it up."""
        self._listener.broken()

    def _look(self, port: PacketPort, now: float) -> None:
        assert self._reports is not None, "it is agreed"
        port.follow()
        report = self._reports.due(now, time.time())
        if report is not None:
            port.send(report)
            self._listener.measured(self._reports.statistics)

    def _count(self, header: RtpHeader) -> None:
        if self._reports is not None:
            self._reports.received(header, self._incoming.heard_at)

    def _take_report(self, packet: bytes) -> None:
        if self._reports is not None:
            self._reports.take(packet, time.monotonic())
