"""Audio files that tell whether one is being read, so that a clock which stands still waits for it."""

from __future__ import annotations

from botkit.model.pcm import Pcm
from botkit.ports.audio import SoundFiles


class CountedSounds:
    """`ports.audio.SoundFiles`."""

    def __init__(self, inner: SoundFiles) -> None:
        self.busy = 0
        self._inner = inner

    async def load(self, path: str) -> Pcm:
        self.busy += 1
        try:
            return await self._inner.load(path)
        finally:
            self.busy -= 1
