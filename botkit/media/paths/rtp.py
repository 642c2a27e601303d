"""A leg's packets on sockets of our own: what leaves in each slot, what comes, and the reports on both."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from botkit.media.codecs import AudioCodec, silence
from botkit.media.receiving.incoming import Incoming
from botkit.media.rtp.dtmf import KeyPacket
from botkit.media.rtp.header import RtpHeader
from botkit.media.rtp.port import PacketPort
from botkit.media.rtp.reports import Reports
from botkit.media.rtp.sockets import Sockets
from botkit.media.rtp.stream import RtpStream
from botkit.media.rtp.ticker import Ticker
from botkit.media.sdp import Description
from botkit.media.sending.playout import Playout
from botkit.media.weakly import weakly

from .path import Negotiator, PathListener, Terms

LOOK = 50
"""Slots between two looks whether a report is due, and whether the far end has moved."""


class RtpPath(ABC):
    """A leg's slots on the ticker of all legs, and its packets on a `PacketPort`."""

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

    @abstractmethod
    def negotiate(self, terms: Terms) -> Negotiator:
        """See `Path`."""

    @abstractmethod
    def _ssrc(self) -> int:
        """Of what we send."""

    @abstractmethod
    def _open(self) -> PacketPort:
        """Where packets go, from now on. What comes there goes to `_incoming` and `_take_report`."""

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
        """Say good-bye."""
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
