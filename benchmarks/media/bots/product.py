"""Calls as botkit holds them: its audio port, with the ears of a call that is asked something, recorded.

python -m benchmarks.media.bots.product PROMPT [--fault slow|large]
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import cast

from botkit.allocating import keep_compact
from botkit.cli.collecting import once_ready
from botkit.media.engine import engine_port
from botkit.model.effects import Ask
from botkit.model.inputs import RecordEnded, SpeechHeard
from botkit.model.pcm import Pcm
from botkit.model.questions import Question
from botkit.model.speech import SpeechKind, SpeechRules
from botkit.ports.audio import Leg, LegClosed, LegConnected, LegEvent, PromptFinished
from botkit.ports.speech import Heard, Recognizer, VoiceActivity
from botkit.ports.system_clock import SystemClock
from botkit.runtime.call_ears import CallEars
from botkit.runtime.call_equipment import CallEquipment
from botkit.speech.gates import VoiceGates

from . import faults, line

AHEAD = 2
"""Prompts that are queued, so that one follows the other at once."""
QUESTION = Question(
    prompt="Which one?",
    speech=SpeechRules(kind=SpeechKind.CHOICE, choices=(("yes", ("yes",)), ("no", ("no",)))),
)


class Speechless:
    """A recogniser that finds no words: what one costs is not what is measured here."""

    name = "speechless"
    version = "1"

    def hears(self, language: str) -> bool:
        return True

    async def start(self) -> None:
        pass

    async def recognise(
        self,
        utterance: Pcm,
        *,
        language: str,
        kind: SpeechKind,
        phrases: Sequence[str] = (),
        caller: str = "",
    ) -> Heard:
        return Heard(text="")

    async def close(self) -> None:
        pass


@dataclass(frozen=True)
class Ears:
    """What `CallEars` takes of a call's equipment."""

    recognizer: Recognizer
    voice_activity: Callable[[], VoiceActivity]
    language: str
    clock: SystemClock


class Call:
    """One call: it plays its prompt over and over, and asks the same question again and again."""

    def __init__(self, number: int, ears: Ears, prompt: Pcm) -> None:
        self._number = number
        self._prompt = prompt
        self._leg: Leg | None = None
        self._early: list[LegEvent] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ears = CallEars(f"call{number}", cast("CallEquipment", ears), self, self._spawn)
        self._asked = self._played = 0

    def begin(self, leg: Leg) -> None:
        """The leg is there; what it told meanwhile counts. Nobody fetches the recording."""
        self._leg = leg
        leg.record(maximum=3600, stereo=False)
        self._ears.connect(leg)
        self.listen(True)
        for event in self._early:
            self.told(event)

    def told(self, event: LegEvent) -> None:
        """By the leg."""
        if self._leg is None:
            self._early.append(event)
        elif isinstance(event, LegConnected):
            for _ in range(AHEAD):
                self._play()
        elif isinstance(event, PromptFinished) and not event.cut:
            self._play()
        elif isinstance(event, LegClosed):
            self._ears.close()

    def listen(self, on: bool) -> None:
        """Ask, or ask no more."""
        self._asked += 1
        self._ears.attend(Ask(id=f"ask{self._asked}", question=QUESTION) if on else None)

    def speech_began(self, at: float) -> None:
        """Nobody may interrupt here."""

    def speech_ended(self, question: Ask, heard: SpeechHeard, seconds: float) -> None:
        """Ask again."""
        self.listen(True)

    def sound_passed(self, question: Ask) -> bool:
        """A short sound is no answer."""
        return True

    def recording_ended(self, line_id: str, ended: RecordEnded, at: float) -> None:
        """Nothing is recorded that way."""

    def broken(self) -> None:
        """The process ends, and the measurement with it."""
        raise SystemExit(f"call {self._number} broke")

    def _play(self) -> None:
        assert self._leg is not None
        self._played += 1
        self._leg.play(f"prompt{self._played}", self._prompt)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class Product:
    """`line.Bot`."""

    def __init__(self, prompt: Pcm, fault: str) -> None:
        self._prompt = prompt
        self._fault = fault
        self._calls: list[Call] = []

    async def start(self) -> None:
        """Port, gates and prompt, as a bot has them before its first call."""
        self._port = engine_port(loopback=False)
        self._gates = VoiceGates()
        await self._gates.start()
        gates = faults.faulty(self._gates, self._fault)
        self._ears = Ears(Speechless(), gates, "en-GB", SystemClock())
        once_ready()  # as `botkit run` does

    async def answer(self, offer: str) -> str:
        """One leg per call."""
        call = Call(len(self._calls), self._ears, self._prompt)
        self._calls.append(call)
        leg = await self._port.accept(offer, call.told)
        await leg.prepare(self._prompt)
        call.begin(leg)
        return leg.answer

    def listen(self, on: bool) -> None:
        """Of all calls."""
        for call in self._calls:
            call.listen(on)


def main() -> None:
    """Serve."""
    keep_compact()  # as `botkit run` does
    parser = argparse.ArgumentParser()
    parser.add_argument("prompt")
    parser.add_argument("--fault", choices=["", *faults.FAULTS], default="")
    options = parser.parse_args()
    line.run(Product(Pcm(line.prompt(options.prompt), line.PROMPT_RATE), options.fault))


if __name__ == "__main__":
    main()
