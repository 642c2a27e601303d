"""`ports.audio.AudioPort` by aiortc's own sender and receiver: the fallback, with fewest private doors."""

from __future__ import annotations

from aiortc import RTCPeerConnection

from botkit.media.paths.negotiation import Negotiation
from botkit.media.paths.path import Path, PathListener, Terms
from botkit.media.receiving.incoming import Incoming
from botkit.media.rtp.header import RtpHeader, rewritten
from botkit.media.sending.playout import Playout
from botkit.media.sending.track import PlayoutTrack

from . import aiortc_hooks
from .audio_port import MediaAudioPort
from .codecs import AudioCodec
from .sdp import Description


class PlainPath:
    """aiortc's sender asks for each slot, and what it makes of one with a key in it is rewritten."""

    def __init__(self, playout: Playout, incoming: Incoming) -> None:
        self._incoming = incoming
        self._track = PlayoutTrack(playout)
        self._track.on_slot = incoming.tick
        self._connection: RTCPeerConnection | None = None
        self._key_type: int | None = None
        self._key_rate = self._frame = 0

    @property
    def reported_at(self) -> float:
        """aiortc keeps them for itself."""
        return 0.0

    @property
    def changes_codec(self) -> bool:
        """aiortc's sender keeps the one it began with."""
        return False

    def negotiate(self, terms: Terms) -> Negotiation:
        """By ICE and DTLS."""
        return Negotiation(self._attach, terms)

    def _attach(self, connection: RTCPeerConnection) -> None:
        """With a track that never ends."""
        self._connection = connection
        connection.addTrack(self._track)
        transport = aiortc_hooks.transport_of(connection.getTransceivers()[0])
        aiortc_hooks.drop_empty_datagrams(transport)
        aiortc_hooks.take_incoming(transport, self._incoming)
        aiortc_hooks.filter_outgoing(transport, self._send)

    def agree(self, far: Description, codec: AudioCodec, payload_type: int) -> None:
        """The track's codec is what aiortc sends with."""
        assert self._connection is not None, "it is attached"
        self._track.codec, self._track.held = codec, far.held
        self._key_type, self._key_rate, self._frame = far.key_type, far.key_rate, codec.frame
        (transceiver,) = self._connection.getTransceivers()
        self._incoming.count = aiortc_hooks.reception_counter(transceiver, codec.clock_rate)

    def begin(self) -> None:
        """aiortc has begun by itself."""

    def end(self) -> None:
        """aiortc ends with its connection."""

    def _send(self, packet: bytes) -> bytes:
        key = self._track.key
        if key is None or self._key_type is None:
            return packet
        header = RtpHeader.read(packet)
        if header is None:
            return packet
        return rewritten(
            packet,
            payload_type=self._key_type,
            marker=key.since == 0,
            timestamp=header.timestamp - key.since * self._frame,
            payload=key.event.write(self._key_rate),
        )


class PlainAudioPort(MediaAudioPort):
    """One sender and one receiver of aiortc for each call. How lines are it does not tell."""

    def _path(self, playout: Playout, incoming: Incoming, listener: PathListener) -> Path:
        return PlainPath(playout, incoming)
