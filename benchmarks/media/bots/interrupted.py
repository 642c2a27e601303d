"""A bot of botkit's that falls silent when somebody presses a key or speaks, and then begins anew.

python -m benchmarks.media.bots.interrupted PROMPT [--late] [--lossy]

Its port, gate and ears are those of a call; only what is said is no flow's. For the control: `--late` =
prompts start and stop late, `--lossy` = of a second's packets one is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from collections.abc import Callable

from benchmarks.voice import faults
from botkit.allocating import keep_compact
from botkit.media.engine import engine_port
from botkit.media.paths.srtp import SrtpPort
from botkit.model.pcm import Pcm
from botkit.ports.audio import AudioPort, DigitPressed, Leg, LegConnected, LegEvent, PromptFinished
from botkit.ports.system_clock import SystemClock
from botkit.speech.gates import VoiceGates

from . import line
from .product import Call, Ears, Speechless

REST = 0.6
"""Seconds from an interruption to the next prompt."""


class Interrupted(Call):
    """One call."""

    def begin(self, leg: Leg) -> None:
        """The prompt waits for the connection, as it does where a flow speaks first."""
        super().begin(leg)
        self._play()

    def told(self, event: LegEvent) -> None:
        """By the leg."""
        match event:
            case LegConnected():
                pass
            case DigitPressed():
                self._hush()
            case PromptFinished(cut=True):
                asyncio.get_running_loop().call_later(REST, self._play)
            case _:
                super().told(event)

    def speech_began(self, at: float) -> None:
        """Let the caller speak."""
        self._hush()

    def _hush(self) -> None:
        assert self._leg is not None, "who is heard has a leg"
        self._leg.stop()


class InterruptedBot:
    """`line.Bot`."""

    def __init__(self, prompt: Pcm, *, late: bool) -> None:
        self._prompt = prompt
        self._late = late
        self._calls: list[Interrupted] = []

    async def start(self) -> None:
        """Port, gates and prompt, as a bot has them before its first call."""
        port: AudioPort = engine_port(loopback=False)
        self._port = faults.late(port) if self._late else port
        gates = VoiceGates()
        await gates.start()
        self._ears = Ears(Speechless(), gates, "en-GB", SystemClock())

    async def answer(self, offer: str) -> str:
        """One leg per call."""
        call = Interrupted(len(self._calls), self._ears, self._prompt)
        self._calls.append(call)
        leg = await self._port.accept(offer, call.told)
        await leg.prepare(self._prompt)
        call.begin(leg)
        return leg.answer

    def listen(self, on: bool) -> None:
        """Of all calls."""
        for call in self._calls:
            call.listen(on)


def lossy(send: Callable[[SrtpPort, bytes], None]) -> Callable[[SrtpPort, bytes], None]:
    """Sends all packets but one a second."""
    numbers = itertools.count(1)

    def sent(port: SrtpPort, packet: bytes) -> None:
        if next(numbers) % 50:
            send(port, packet)

    return sent


def main() -> None:
    """Serve."""
    keep_compact()  # as `botkit run` does
    parser = argparse.ArgumentParser()
    parser.add_argument("prompt")
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--lossy", action="store_true")
    options = parser.parse_args()
    if options.lossy:
        SrtpPort.send = lossy(SrtpPort.send)  # type: ignore[method-assign, assignment]
    line.run(InterruptedBot(Pcm(line.prompt(options.prompt), line.PROMPT_RATE), late=options.late))


if __name__ == "__main__":
    main()
