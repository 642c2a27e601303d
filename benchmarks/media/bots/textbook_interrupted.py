"""A textbook bot that falls silent when three frames in a row are loud, and then begins anew.

python -m benchmarks.media.bots.textbook_interrupted PROMPT
"""

from __future__ import annotations

import asyncio
import sys
import time

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from . import line
from .textbook import FRAME, SPEECH, Prompt, Textbook

ONSET = 3
"""Loud frames in a row that are speech."""
REST = 1.0
"""Seconds from an interruption to the next prompt."""
SILENCE = np.zeros((1, FRAME), np.int16)


class Interruptible(Prompt):
    """Silent for a while, when it is told to be."""

    def __init__(self, frames: list[np.ndarray[tuple[int, int], np.dtype[np.int16]]]) -> None:
        super().__init__(frames)
        self._silent_until = 0.0

    def stop(self) -> None:
        """From the next frame on."""
        self._silent_until = time.monotonic() + REST

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms."""
        frame = await super().recv()
        if time.monotonic() < self._silent_until:
            frame.planes[0].update(SILENCE.tobytes())
        return frame


class TextbookInterrupted(Textbook):
    """`line.Bot`."""

    async def answer(self, offer: str) -> str:
        """One connection per call."""
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)
        prompt = Interruptible(self._frames)

        @connection.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            self._calls.add(asyncio.create_task(self._mind(track, prompt)))

        connection.addTrack(prompt)
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    async def _mind(self, track: MediaStreamTrack, prompt: Interruptible) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        loud = 0
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.AudioFrame)
                for heard in resampler.resample(frame):
                    sound = heard.to_ndarray()[0].astype(np.float32)
                    loud = loud + 1 if np.dot(sound, sound) > SPEECH * len(sound) else 0
                    if loud == ONSET:
                        prompt.stop()
        except MediaStreamError:
            pass


if __name__ == "__main__":
    line.run(TextbookInterrupted(line.prompt(sys.argv[1])))
