"""One way between both ends of a leg: a connection, what was agreed on, the path of its packets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from botkit.media.paths.path import Loopback, MakePath, PathListener, Terms
from botkit.media.receiving.incoming import Incoming
from botkit.media.sending.playout import Playout
from botkit.ports.audio import LegStatistics

from .codecs import AudioCodec, codec_named
from .sdp import Description
from .weakly import weakly


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both ends take, as of now."""

    far: Description
    codec: AudioCodec
    """What we send with."""
    payload_type: int
    """As this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayListener:
    """Whom a way tells; which way it is comes first."""

    agreed: Callable[[Way], None]
    state: Callable[[Way, str], None]
    """One of W3C's connection states (`connected`, `failed`, `closed` ...)."""
    measured: Callable[[Way], None]
    broken: Callable[[Way], None]


class Way:
    """Nothing of it is used before it is connected. A leg has one; two while the far end moves."""

    def __init__(
        self,
        make_path: MakePath,
        playout: Playout,
        incoming: Incoming,
        listener: WayListener,
        *,
        loopback: Loopback,
    ) -> None:
        self.agreed: Agreed | None = None
        self.statistics = LegStatistics()
        """Of this way alone, as told last."""
        self.path = make_path(
            playout,
            incoming,
            PathListener(measured=weakly(self._measured), broken=weakly(self._broken)),
        )
        self.negotiation = self.path.negotiate(
            Terms(loopback=loopback, agreed=weakly(self._agree), state=weakly(self._changed))
        )
        self._listener = listener

    def _agree(self, far: Description, sent: RTCRtpCodecParameters) -> None:
        assert sent.payloadType is not None, "it is negotiated"
        codec = codec_named(sent.name, sent.clockRate) or far.codecs[0]
        self.agreed = Agreed(far, codec, sent.payloadType)
        self.path.agree(far, codec, sent.payloadType)
        self._listener.agreed(self)

    def _changed(self, state: str) -> None:
        self._listener.state(self, state)

    def _broken(self) -> None:
        self._listener.broken(self)

    def _measured(self, statistics: LegStatistics) -> None:
        self.statistics = statistics
        self._listener.measured(self)
