"""Calls as aiortc's own examples hold them: a track of frames out, `track.recv()` in, and an energy gate.

python -m benchmarks.media.bots.textbook PROMPT
"""

from __future__ import annotations

import asyncio
import fractions
import sys
import time

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from . import line

RATE = 48_000
FRAME = 960
SPEECH = 500.0**2
"""Mean square above which 20 ms are speech."""


class Prompt(MediaStreamTrack):
    """The prompt, over and over, in real time."""

    kind = "audio"

    def __init__(self, frames: list[np.ndarray[tuple[int, int], np.dtype[np.int16]]]) -> None:
        super().__init__()
        self._frames = frames
        self._begun = 0.0
        self._sent = 0

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms."""
        if not self._sent:
            self._begun = time.monotonic()
        await asyncio.sleep(max(0.0, self._begun + self._sent * FRAME / RATE - time.monotonic()))
        frame = av.AudioFrame.from_ndarray(self._frames[self._sent % len(self._frames)], "s16", "mono")
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        frame.pts = self._sent * FRAME
        self._sent += 1
        return frame


class Textbook:
    """`line.Bot`."""

    def __init__(self, prompt: bytes) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        sound = av.AudioFrame.from_ndarray(np.frombuffer(prompt, "<i2").reshape(1, -1), "s16", "mono")
        sound.sample_rate = line.PROMPT_RATE
        samples = np.concatenate([each.to_ndarray()[0] for each in resampler.resample(sound)])
        whole = len(samples) // FRAME * FRAME
        self._frames = [each.reshape(1, -1) for each in np.split(samples[:whole], whole // FRAME)]
        self._calls: set[asyncio.Task[None]] = set()
        self._connections: list[RTCPeerConnection] = []
        self._listening = True
        self.voiced = 0

    async def start(self) -> None:
        """Nothing to do."""

    async def answer(self, offer: str) -> str:
        """One connection per call."""
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)

        @connection.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            task = asyncio.create_task(self._hear(track))
            self._calls.add(task)

        connection.addTrack(Prompt(self._frames))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    def listen(self, on: bool) -> None:
        """A track that is not read grows without bounds: it is read, and not looked at."""
        self._listening = on

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        try:
            while True:
                frame = await track.recv()
                if not self._listening:
                    continue
                assert isinstance(frame, av.AudioFrame)
                for heard in resampler.resample(frame):
                    sound = heard.to_ndarray()[0].astype(np.float32)
                    self.voiced += bool(np.dot(sound, sound) > SPEECH * len(sound))
        except MediaStreamError:
            pass


if __name__ == "__main__":
    line.run(Textbook(line.prompt(sys.argv[1])))
