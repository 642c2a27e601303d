"""An audio port around the bot's own, which counts."""

from __future__ import annotations

from collections.abc import Callable

from botkit.ports.audio import AudioPort, Leg, LegEvent, OutgoingLeg, PromptFinished


class Counting:
    """An audio port that notes every prompt that is over."""

    def __init__(self, inner: AudioPort) -> None:
        self.over: list[PromptFinished] = []
        self._inner = inner

    async def start(self) -> None:
        await self._inner.start()

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        return await self._inner.accept(offer, self._noting(on_event))

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> OutgoingLeg:
        return await self._inner.dial(self._noting(on_event), beside=beside)

    async def close(self) -> None:
        await self._inner.close()

    def _noting(self, on_event: Callable[[LegEvent], None]) -> Callable[[LegEvent], None]:
        def tell(event: LegEvent) -> None:
            if isinstance(event, PromptFinished):
                self.over.append(event)
            on_event(event)

        return tell
