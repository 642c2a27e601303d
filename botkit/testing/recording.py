"""The recording of a call without sound."""

from __future__ import annotations

import io
import wave
from typing import BinaryIO

from botkit.ports.audio import RecordingFailed
from botkit.ports.clock import Clock

RATE = 16_000


class FakeRecording:
    """`ports.audio.CallRecording` of a call without sound: silence, as long as it took."""

    def __init__(self, clock: Clock, *, maximum: float, stereo: bool) -> None:
        self.stereo = stereo
        self.refusal = ""
        """Why it cannot be kept; empty = it can."""
        self.takes = 0.0
        """Seconds until the file is there."""
        self.hidden: list[tuple[float, float]] = []
        """(since, until), in seconds from its beginning, of what nobody is to hear."""
        self._clock = clock
        self._begun = clock.monotonic()
        self._maximum = maximum
        self._since: float | None = None

    def hide(self, since: float) -> None:
        self._since = since if self._since is None else min(since, self._since)

    def show(self, until: float) -> None:
        if self._since is not None:
            self.hidden.append((self._since - self._begun, until - self._begun))
            self._since = None

    async def finish(self) -> BinaryIO:
        if self.refusal:
            raise RecordingFailed(self.refusal)
        self.show(self._clock.monotonic())
        seconds = min(self._clock.monotonic() - self._begun, self._maximum)
        if self.takes:
            await self._clock.sleep(self.takes)
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(2 if self.stereo else 1)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(bytes((4 if self.stereo else 2) * round(seconds * RATE)))
        file.seek(0)
        return file
