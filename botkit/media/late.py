"""A port that is there before its engine: to import that takes half a second, and the bot works meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from botkit.ports.audio import AudioPort, Leg, LegEvent, OfferRefused, OutgoingLeg

log = logging.getLogger(__name__)


class LateAudioPort:
    """Makes legs in the port that `load` brings, once, in a thread. Who wants one sooner waits for it."""

    def __init__(self, load: Callable[[], AudioPort]) -> None:
        """`load` imports what it needs, and knows no event loop."""
        self._load = load
        self._loading: asyncio.Task[AudioPort] | None = None

    async def start(self) -> None:
        """Load it."""
        await asyncio.wait((self._begin(),))

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        """Answer an SDP offer; raises `OfferRefused`, also when the engine cannot be loaded."""
        return await (await self._port()).accept(offer, on_event)

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> OutgoingLeg:
        """A leg with an offer of ours. Raises `OfferRefused` when the engine cannot be loaded."""
        return await (await self._port()).dial(on_event, beside=beside)

    async def close(self) -> None:
        """Close it, once it is loaded; the next start or leg loads it anew."""
        loading, self._loading = self._loading, None
        if loading is not None:
            await asyncio.wait((loading,))
            if loading.exception() is None:
                await loading.result().close()

    async def _port(self) -> AudioPort:
        try:
            return await asyncio.shield(self._begin())
        except Exception as fault:
            raise OfferRefused(f"the media engine cannot be loaded: {fault}") from fault

    def _begin(self) -> asyncio.Task[AudioPort]:
        if self._loading is None:
            self._loading = asyncio.create_task(self._loaded())
            self._loading.add_done_callback(_look_at)
        return self._loading

    async def _loaded(self) -> AudioPort:
        port = await asyncio.to_thread(self._load)
        await port.start()
        return port


def _look_at(loading: asyncio.Task[AudioPort]) -> None:
    if not loading.cancelled() and (fault := loading.exception()) is not None:
        log.error("the media engine cannot be loaded, so nobody can talk with the bot", exc_info=fault)
