"""Calls as Pipecat holds them, over its SmallWebRTC transport, with its Silero analyser behind the input.

python -m benchmarks.media.bots.pipecat PROMPT        by a Python that has `pipecat-ai[webrtc,silero]`
"""

from __future__ import annotations

import asyncio
import sys

from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame, StartFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

from . import line

SECOND = line.PROMPT_RATE * 2


class Speaker(FrameProcessor):  # type: ignore[misc]
    """Says the prompt over and over, a second at a time, and lets what the caller says pass no further."""

    def __init__(self, prompt: bytes) -> None:
        super().__init__()
        self._prompt = prompt
        self._saying: asyncio.Task[None] | None = None
        self.heard = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Begin with the pipeline."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.heard += 1
            return
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._saying = asyncio.create_task(self._say())

    async def _say(self) -> None:
        due = asyncio.get_running_loop().time()
        while True:
            for start in range(0, len(self._prompt) - SECOND + 1, SECOND):
                audio = self._prompt[start : start + SECOND]
                await self.push_frame(
                    OutputAudioRawFrame(audio=audio, sample_rate=line.PROMPT_RATE, num_channels=1)
                )
                due += 1
                # Two seconds ahead: the output has a queue of its own.
                await asyncio.sleep(max(0.0, due - 2 - asyncio.get_running_loop().time()))


class PipecatBot:
    """`line.Bot`."""

    def __init__(self, prompt: bytes) -> None:
        self._prompt = prompt
        self._calls: list[tuple[SmallWebRTCConnection, asyncio.Task[None]]] = []

    async def start(self) -> None:
        """Load what each call loads again, so that it is in the process."""
        SileroVADAnalyzer()

    async def answer(self, offer: str) -> str:
        """One pipeline per call."""
        connection = SmallWebRTCConnection()
        await connection.initialize(sdp=offer, type="offer")
        transport = SmallWebRTCTransport(
            connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=16_000,
                audio_out_sample_rate=line.PROMPT_RATE,
            ),
        )
        pipeline = Pipeline(
            [
                transport.input(),
                VADProcessor(vad_analyzer=SileroVADAnalyzer()),
                Speaker(self._prompt),
                transport.output(),
            ]
        )
        worker = PipelineWorker(
            pipeline,
            params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=line.PROMPT_RATE),
            cancel_on_idle_timeout=False,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        self._calls.append((connection, asyncio.create_task(runner.run())))
        answer = connection.get_answer()
        assert answer is not None
        return str(answer["sdp"])

    def listen(self, on: bool) -> None:
        """It always listens."""


if __name__ == "__main__":
    logger.remove()
    line.run(PipecatBot(line.prompt(sys.argv[1])))
