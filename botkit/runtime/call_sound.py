"""The prompts of one call: spoken ahead, played, and written down as far as they were heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botkit.model.pcm import Pcm
from botkit.ports.audio import Leg, PromptFinished, PromptStarted
from botkit.ports.clock import Clock
from botkit.ports.speech import SpeechFailed, Synthesizer
from botkit.ports.store import JournalRow

from . import journal
from .call_script import Line

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _OnAir:
    line: Line
    pcm: Pcm
    started: float | None = None


class CallSound:
    """A line is spoken as soon as it is known, and encoded as soon as there is a leg."""

    def __init__(
        self,
        *,
        session_id: str,
        voice: Synthesizer,
        language: str,
        clock: Clock,
        write: Callable[[JournalRow], None],
    ) -> None:
        self._session_id = session_id
        self._voice = voice
        self._language = language
        self._clock = clock
        self._write = write
        self._leg: asyncio.Future[Leg] = asyncio.get_running_loop().create_future()
        self._spoken: dict[str, asyncio.Task[Pcm | None]] = {}
        self._on_air: dict[str, _OnAir] = {}

    @property
    def leg(self) -> Leg | None:
        """The call's leg, once there is one."""
        return self._leg.result() if self._leg.done() and not self._leg.cancelled() else None

    def connect(self, leg: Leg) -> None:
        """From now on there is a leg to play on."""
        self._leg.set_result(leg)

    def expect(self, line: Line) -> None:
        """`line` will be heard: speak it now."""
        self._spoken[line.id] = asyncio.create_task(self._speak(line))

    async def ready(self, line: Line) -> None:
        """Wait until `line` can be played at once, or cannot be spoken at all."""
        task = self._spoken.get(line.id)
        if task is not None:
            await asyncio.wait((task,))

    def play(self, line: Line, unspoken: Callable[[Line], None], wanted: Callable[[Line], bool]) -> None:
        """Play `line` as soon as it is spoken, if it is still `wanted` then; `unspoken` when it cannot be."""

        def start(task: asyncio.Task[Pcm | None]) -> None:
            self._spoken.pop(line.id, None)
            if task.cancelled() or not wanted(line):
                return
            pcm = task.result()
            leg = self.leg
            if pcm is None or leg is None or not pcm.samples:
                unspoken(line)
                return
            self._on_air[line.id] = _OnAir(line, pcm)
            leg.play(line.id, pcm)

        task = self._spoken[line.id]
        if task.done():
            start(task)
        else:
            task.add_done_callback(start)

    def cut(self, line: Line) -> None:
        """Silence at once."""
        if line.id in self._on_air and self.leg is not None:
            self.leg.stop()
        else:
            self.skip(line)

    def skip(self, line: Line) -> None:
        """`line` is not heard."""
        task = self._spoken.pop(line.id, None)
        if task is not None:
            task.cancel()
        self._played(line, seconds=0.0, of=0.0, cut=True, started=None, at=self._clock.monotonic())

    def started(self, event: PromptStarted) -> None:
        """The leg tells: its first packet is out."""
        on_air = self._on_air.get(event.prompt_id)
        if on_air is not None:
            on_air.started = event.at

    def finished(self, event: PromptFinished) -> None:
        """The leg tells: it is over."""
        on_air = self._on_air.pop(event.prompt_id, None)
        if on_air is not None:
            self._tell(on_air, seconds=event.played, cut=event.cut, at=event.at)

    def close(self) -> None:
        """The leg is closed. What it left open is told as far as it can have been heard."""
        for task in self._spoken.values():
            task.cancel()
        self._spoken.clear()
        now = self._clock.monotonic()
        for on_air in self._on_air.values():
            heard = 0.0 if on_air.started is None else min(now - on_air.started, on_air.pcm.seconds)
            self._tell(on_air, seconds=heard, cut=heard < on_air.pcm.seconds, at=now)
        self._on_air.clear()
        if not self._leg.done():
            self._leg.cancel()

    async def _speak(self, line: Line) -> Pcm | None:
        try:
            pcm = await self._voice.synthesize(line.text, language=self._language)
            if pcm.samples:
                await (await asyncio.shield(self._leg)).prepare(pcm)
        except SpeechFailed as error:
            log.error("the prompt %s is skipped: %s", line.id, error)
            self._failed(line, str(error))
        except Exception as error:
            log.exception("the prompt %s is skipped", line.id)
            self._failed(line, repr(error))
        else:
            return pcm
        return None

    def _failed(self, line: Line, error: str) -> None:
        self._write(journal.failed(self._session_id, line.id, error, self._clock.now()))

    def _tell(self, on_air: _OnAir, *, seconds: float, cut: bool, at: float) -> None:
        self._played(
            on_air.line, seconds=seconds, of=on_air.pcm.seconds, cut=cut, started=on_air.started, at=at
        )

    def _played(
        self, line: Line, *, seconds: float, of: float, cut: bool, started: float | None, at: float
    ) -> None:
        self._write(
            journal.played(
                self._session_id,
                line.id,
                line.text,
                seconds=seconds,
                of=of,
                cut=cut,
                started=None if started is None else self._wall(started),
                at=self._wall(at),
            )
        )

    def _wall(self, at: float) -> datetime:
        return self._clock.now() + timedelta(seconds=at - self._clock.monotonic())
