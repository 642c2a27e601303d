"""`ports.audio.AudioPort` with packets of our own: aiortc finds the way and agrees on keys."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path as FilePath

from botkit.media.paths.path import Loopback, MakePath, Path, PathListener
from botkit.media.paths.plain_rtp import PlainRtpPath
from botkit.media.paths.srtp import SrtpPath
from botkit.media.receiving.incoming import Incoming
from botkit.media.rtp.sockets import Sockets
from botkit.media.rtp.ticker import Ticker
from botkit.media.sending.playout import Playout

from . import aiortc_hooks
from .audio_port import USUAL, MediaAudioPort
from .leg import LegSettings
from .plain import PlainAudioPort
from .sdp import offers_plain

log = logging.getLogger(__name__)


class EngineAudioPort(MediaAudioPort):
    """One ticker and one look at all sockets for the legs of an event loop."""

    def __init__(
        self,
        settings: LegSettings = USUAL,
        *,
        cache_folder: FilePath | None = None,
        plain_rtp: bool = False,
    ) -> None:
        """As for `MediaAudioPort`. `plain_rtp`: answer offers of RTP without ICE and keys in kind, which
        anybody on the way can listen to; else they are refused."""
        super().__init__(settings, cache_folder=cache_folder)
        self._plain_rtp = plain_rtp
        self._sockets = Sockets()
        self._ticker = Ticker(self._sockets.read)

    async def close(self) -> None:
        """Close what is left."""
        await super().close()
        self._sockets.close()

    def _path(self, playout: Playout, incoming: Incoming, listener: PathListener) -> Path:
        return SrtpPath(playout, incoming, listener, ticker=self._ticker, sockets=self._sockets)

    def _path_for(self, offer: str) -> MakePath:
        if not (self._plain_rtp and offers_plain(offer)):
            return self._path
        return partial(PlainRtpPath, ticker=self._ticker, sockets=self._sockets)


def engine_port(*, loopback: Loopback = "auto", cache_folder: FilePath | None = None) -> MediaAudioPort:
    """The engine; where the installed aiortc lacks what it needs, a warning and the plain port."""
    settings = LegSettings(loopback=loopback)
    shut = aiortc_hooks.shut_doors()
    if shut:
        log.warning(
            "the media engine does not know this aiortc (%s), so calls cost more and fewer fit; "
            "install the version that botkit asks for: pip install --force-reinstall botkit",
            ", ".join(shut),
        )
        return PlainAudioPort(settings, cache_folder=cache_folder)
    return EngineAudioPort(settings, cache_folder=cache_folder)
