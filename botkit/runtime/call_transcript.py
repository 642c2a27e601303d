"""What is said on a call, told to hooks and to the person while it happens."""

from __future__ import annotations

import asyncio
import logging

from botkit.flow.ssml import plain
from botkit.model.effects import Ask, Say
from botkit.model.events import CallTranscript, Speaker
from botkit.model.inputs import KeysCollected, SpeechHeard
from botkit.ports.connector import ConnectorError

from .call_actions import Line
from .call_equipment import CallEquipment

log = logging.getLogger(__name__)

MASK = "***"
"""For what is secret."""
MOST_WAITING = 100
"""Lines that nobody has taken yet; more are dropped."""
FINISH_WITHIN = 2.0
"""Seconds for the last of them once the call is over."""


class Transcript:
    """Tells in order, in a task of its own: sound never waits for it."""

    def __init__(self, call_id: str, equipment: CallEquipment) -> None:
        self._call_id = call_id
        self._signalling = equipment.signalling
        self._hooks = equipment.hooks
        self._clock = equipment.clock
        self._waiting: asyncio.Queue[CallTranscript] = asyncio.Queue(MOST_WAITING)
        self._count = 0
        self._work: asyncio.Task[None] | None = None
        self.person_id = ""
        """Whom the bot talks with."""

    def prompt_began(self, line: Line) -> None:
        """The bot says this. Never blocks."""
        match line:
            case Say(text=text):
                self._add(Speaker.BOT, plain(text))
            case Ask(question=question):
                self._add(Speaker.BOT, plain(question.prompt))

    def answered(self, question: Ask, answer: KeysCollected | SpeechHeard) -> None:
        """The person said or keyed this. Never blocks."""
        text = answer.digits if isinstance(answer, KeysCollected) else answer.text
        self._add(Speaker.PERSON, MASK if text and question.question.secret else text)

    def _add(self, speaker: Speaker, text: str) -> None:
        if not text:
            return
        self._count += 1
        said = CallTranscript(
            event_id=f"{self._call_id}:said:{self._count}",
            at=self._clock.now(),
            call_id=self._call_id,
            person_id=self.person_id,
            speaker=speaker,
            text=text,
        )
        try:
            self._waiting.put_nowait(said)
        except asyncio.QueueFull:
            log.debug("a line of the transcript of the call %s is dropped", self._call_id)
            return
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tell what is left, if it does not take long."""
        if self._work is not None:
            _, late = await asyncio.wait((self._work,), timeout=FINISH_WITHIN)
            for work in late:
                work.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _tell(self) -> None:
        while not self._waiting.empty():
            said = self._waiting.get_nowait()
            await self._hooks.dispatch("call_transcript", said=said)
            try:
                await self._signalling.transcribe(said)
            except ConnectorError as error:
                log.debug("the platform does not take the transcript of %s: %s", self._call_id, error)
            except Exception:
                log.exception("a line of the transcript of the call %s is lost", self._call_id)
