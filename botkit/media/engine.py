"""`ports.audio.AudioPort` with packets of our own: aiortc finds the way and agrees on keys."""

from __future__ import annotations

import logging
import time
from pathlib import Path as FilePath
from typing import Literal

from aiortc import RTCPeerConnection

from . import aiortc_hooks
from .audio_port import MediaAudioPort
from .codecs import AudioCodec, silence
from .incoming import Incoming
from .packet_port import PacketPort
from .path import Path, PathListener
from .plain import PlainAudioPort
from .playout import KeyPacket, Playout
from .rtcp import Reports
from .rtp import RtpHeader
from .rtp_stream import RtpStream
from .sdp import Description
from .sockets import Sockets
from .srtp_port import SrtpPort
from .ticker import Ticker

log = logging.getLogger(__name__)

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

    def attach(self, connection: RTCPeerConnection) -> None:
        """With an audio line that aiortc negotiates and then leaves alone."""
        self._connection = connection
        transceiver = connection.addTransceiver("audio")
        aiortc_hooks.leave_alone(transceiver)
        transport = aiortc_hooks.transport_of(transceiver)
        aiortc_hooks.drop_empty_datagrams(transport)
        aiortc_hooks.take_incoming(transport, self._incoming)  # until the connection stands

    def agree(self, far: Description, codec: AudioCodec, payload_type: int) -> None:
        """One stream, whose SSRC the description has told."""
        assert self._connection is not None, "it is attached"
        rates = {number: each.clock_rate for number, each in far.types.items()}
        if self._stream is None or self._reports is None:
            (transceiver,) = self._connection.getTransceivers()
            ssrc = aiortc_hooks.ssrc_of(transceiver)
            self._stream = RtpStream(ssrc, codec, payload_type, far.key_type)
            self._reports = Reports(self._stream, codec.clock_rate, rates=rates)
        else:
            self._stream.use(codec, payload_type, far.key_type)
            self._reports.use(codec.clock_rate, rates)
        self._silence = silence(codec)
        self._held = far.held

    def begin(self) -> None:
        """Take over, and send the first packet at once."""
        assert self._connection is not None, "it is attached"
        (transceiver,) = self._connection.getTransceivers()
        self._port = SrtpPort(
            aiortc_hooks.transport_of(transceiver),
            self._sockets,
            on_rtp=self._incoming,
            on_rtcp=self._take_report,
        )
        self._incoming.count = self._count
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


class EngineAudioPort(MediaAudioPort):
    """One ticker and one look at all sockets for the legs of an event loop."""

    def __init__(
        self,
        *,
        loopback: Literal["auto"] | bool = "auto",
        media_timeout: float = 5.0,
        connect_timeout: float = 15.0,
        cache_bytes: int = 64 * 2**20,
        cache_folder: FilePath | None = None,
    ) -> None:
        """As for `MediaAudioPort`."""
        super().__init__(
            loopback=loopback,
            media_timeout=media_timeout,
            connect_timeout=connect_timeout,
            cache_bytes=cache_bytes,
            cache_folder=cache_folder,
        )
        self._sockets = Sockets()
        self._ticker = Ticker(self._sockets.read)

    async def close(self) -> None:
        """Close what is left."""
        await super().close()
        self._sockets.close()

    def _path(self, playout: Playout, incoming: Incoming, listener: PathListener) -> Path:
        return EnginePath(playout, incoming, listener, ticker=self._ticker, sockets=self._sockets)


def engine_port(
    *, loopback: Literal["auto"] | bool = "auto", cache_folder: FilePath | None = None
) -> MediaAudioPort:
    """The engine; where the installed aiortc lacks what it needs, a warning and the plain port."""
    shut = aiortc_hooks.shut_doors()
    if shut:
        log.warning(
            "the media engine does not know this aiortc (%s), so calls cost more and fewer fit; "
            "install the version that botkit asks for: pip install --force-reinstall botkit",
            ", ".join(shut),
        )
        return PlainAudioPort(loopback=loopback, cache_folder=cache_folder)
    return EngineAudioPort(loopback=loopback, cache_folder=cache_folder)
