"""What both audio ports share: their legs, one encoder thread and one cache of prompts for all of them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath

from botkit.media.paths.path import MakePath, Path, PathListener
from botkit.media.receiving.incoming import Incoming
from botkit.media.receiving.opus import libopus
from botkit.media.recording.tape import Recorders
from botkit.media.sending.payloads import PayloadCache
from botkit.media.sending.playout import Playout
from botkit.ports.audio import Leg, LegClosed, LegEvent

from .aiortc_hooks import ask_for_fec, register_telephone_event
from .leg import LegSettings, MediaLeg

USUAL = LegSettings()
CACHE_BYTES = 64 * 2**20
"""Of encoded prompts in memory."""


class MediaAudioPort(ABC):
    """Makes legs, whose packets go the way that `_path` says."""

    def __init__(self, settings: LegSettings = USUAL, *, cache_folder: FilePath | None = None) -> None:
        """`cache_folder` keeps encoded prompts for the next start."""
        register_telephone_event()
        ask_for_fec()
        libopus()  # looked for, and missed aloud, before anybody calls
        self._settings = settings
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="prompt-encoder")
        self._cache = PayloadCache(self._encoder, max_bytes=CACHE_BYTES, folder=cache_folder)
        self._recorders = Recorders()
        self._legs: set[MediaLeg] = set()

    async def start(self) -> None:  # noqa: B027
        """There is nothing to wait for."""

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> MediaLeg:
        """Answer an SDP offer; raises `OfferRefused`."""
        return await self._begin(on_event, lambda leg: leg.answer_offer(offer), self._path_for(offer))

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> MediaLeg:
        """A leg with an offer of ours. All legs of this port are beside each other."""
        return await self._begin(on_event, MediaLeg.make_offer, self._path)

    async def close(self) -> None:
        """Close what is left. What a thread has in hand it brings to its end meanwhile."""
        await asyncio.gather(*(leg.close() for leg in tuple(self._legs)))
        await asyncio.to_thread(self._encoder.shutdown, cancel_futures=True)
        await self._recorders.close()

    @abstractmethod
    def _path(self, playout: Playout, incoming: Incoming, listener: PathListener) -> Path:
        """For a new leg."""

    def _path_for(self, offer: str) -> MakePath:
        """For a new leg that answers this offer, which may be none."""
        return self._path

    async def _begin(
        self,
        on_event: Callable[[LegEvent], None],
        begin: Callable[[MediaLeg], Awaitable[None]],
        make_path: MakePath,
    ) -> MediaLeg:
        def tell(event: LegEvent) -> None:
            if isinstance(event, LegClosed):
                self._legs.discard(leg)
            on_event(event)

        leg = MediaLeg(self._cache, tell, make_path, self._recorders, self._settings)
        try:
            await begin(leg)
        except BaseException:
            await leg.abandon()
            raise
        self._legs.add(leg)
        return leg
