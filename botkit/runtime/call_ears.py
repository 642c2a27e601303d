"""The ears of one call: they listen while somebody's words may mean something, and find them out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol

from botkit.flow import match
from botkit.flow.match.readings import clearest
from botkit.flow.utterance import Ended, EndPointer, Mark, Pause, Resumed, Started
from botkit.model.effects import Ask, Record
from botkit.model.inputs import RecordEnded, SpeechEnded, SpeechHeard
from botkit.model.pcm import Pcm
from botkit.model.questions import Question
from botkit.model.speech import SpeechRules
from botkit.ports.audio import Leg, Sound
from botkit.ports.speech import Heard, Overloaded, RecognitionFailed, VoiceActivity

from .call_equipment import CallEquipment
from .call_recording import RATE, Recording

log = logging.getLogger(__name__)

RECOGNISE_WITHIN = 10.0
"""Seconds, should a recogniser keep no deadline of its own."""
A_WORD = 15
"""Voiced frames; a shorter sound in which no words are found is a cough, or a door."""


class Listener(Protocol):
    """Whom the ears tell."""

    def speech_began(self, at: float) -> None: ...

    def speech_ended(self, question: Ask, heard: SpeechHeard, seconds: float) -> None:
        """`seconds` = the utterance's length."""
        ...

    def sound_passed(self, question: Ask) -> bool:
        """There was a short sound, and no word; False = that is to be told as well."""
        ...

    def recording_ended(self, line_id: str, ended: RecordEnded, at: float) -> None: ...

    def broken(self) -> None:
        """The call cannot go on."""
        ...


@dataclass(slots=True)
class _Utterance:
    """What somebody says in answer to a question."""

    question: Ask
    rules: SpeechRules
    ends: EndPointer
    recognising: asyncio.Task[None] | None = None
    heard: SpeechHeard | None = None
    seconds: float = 0.0

    def forget(self) -> None:
        """What was recognised is stale."""
        if self.recognising is not None:
            self.recognising.cancel()
        self.recognising = self.heard = None


class CallEars:
    """Listens to what `attend` says. Nothing is decoded while that is nothing."""

    def __init__(
        self,
        call_id: str,
        equipment: CallEquipment,
        listener: Listener,
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        self._call_id = call_id
        self._recognizer = equipment.recognizer
        self._new_activity = equipment.voice_activity
        self._language = equipment.language
        self._clock = equipment.clock
        self._listener = listener
        self._spawn = spawn
        self.held = False
        """The far end has put us on hold: what comes from there is music, if anything."""
        self._leg: Leg | None = None
        self._activity: VoiceActivity | None = None
        self._now: _Utterance | Recording | None = None

    def connect(self, leg: Leg) -> None:
        """From now on there is a leg to listen to."""
        self._leg = leg

    def hear(self, question: Question) -> bool:
        """Whether a spoken answer would be understood at all."""
        return (
            question.speech is not None
            and self._new_activity is not None
            and self._recognizer is not None
            and self._recognizer.hears(question.language or self._language)
        )

    def attend(self, line: Ask | Record | None) -> None:
        """Listen for the answer to this question, or record; for what is under way already it goes on."""
        if (line.id if line else "") == self._attends or self._leg is None:
            return
        if isinstance(self._now, _Utterance):
            self._now.forget()
        if isinstance(line, Record):
            self._now = Recording(line)
        elif line is not None and (rules := line.question.speech) is not None:
            self._now = _Utterance(line, rules, EndPointer(rules))
        else:
            self._now = None
        self._leg.listen(self._take_in if self._now else None)

    def close(self) -> None:
        """Hear nothing more, and give back what tells speech: others may wait for it."""
        self.attend(None)
        self._leg = self._activity = None

    def recorded(self, record: Record, ended: RecordEnded) -> Pcm:
        """The sound of the recording that was under way."""
        now = self._now
        if not isinstance(now, Recording) or now.rules is not record:
            return Pcm(b"", RATE)
        return now.sound(ended)

    @property
    def _attends(self) -> str:
        match self._now:
            case _Utterance(question=question):
                return question.id
            case Recording(rules=record):
                return record.id
            case None:
                return ""

    def _take_in(self, sound: Sound) -> None:
        if self.held:
            return
        try:
            self._frame(sound)
        except Exception:
            log.exception("the call %s cannot go on", self._call_id)
            self._listener.broken()

    def _frame(self, sound: Sound) -> None:
        voiced = sound.voiced if sound.voiced is not None else self._voiced(sound.samples)
        now = self._now
        if isinstance(now, Recording):
            ended = now.frame(sound.samples, voiced=voiced)
            if ended is not None:
                self._listener.recording_ended(now.rules.id, ended, sound.at)
        elif now is not None:
            self._go_on(now, now.ends.frame(sound.samples, voiced=voiced), sound.at)

    def _voiced(self, samples: bytes) -> bool:
        if self._new_activity is not None:
            try:
                if self._activity is None:
                    self._activity = self._new_activity()
                return self._activity.voiced(samples)
            except Exception:
                log.exception("the call %s goes on without spoken answers", self._call_id)
                self._new_activity = None
        # Nobody can tell: a recording takes it all, and no words are looked for.
        return isinstance(self._now, Recording)

    def _go_on(self, now: _Utterance, marks: list[Mark], at: float) -> None:
        for mark in marks:
            match mark:
                case Started():
                    self._listener.speech_began(at)
                case Pause(number=number, utterance=samples):
                    utterance = Pcm(samples, RATE)
                    now.seconds = utterance.seconds
                    now.recognising = self._spawn(self._recognise(now, number, utterance))
                case Resumed():
                    now.forget()
                case Ended():
                    self._end(now)

    def _end(self, now: _Utterance) -> None:
        assert now.heard is not None, "it ends at a pause that was recognised"
        short = now.heard.ended is SpeechEnded.NOTHING and now.ends.voiced < A_WORD
        if short and self._listener.sound_passed(now.question):
            self._now = _Utterance(now.question, now.rules, EndPointer(now.rules))
        else:
            self._listener.speech_ended(now.question, now.heard, now.seconds)

    async def _recognise(self, now: _Utterance, number: int, utterance: Pcm) -> None:
        now.heard = await self._find_out(now.question, now.rules, utterance)
        words = match.Completeness.PART
        if now.heard.ended is SpeechEnded.HEARD:
            language = now.question.question.language or self._language
            words = match.completeness(now.rules, now.heard.text, language)
        self._go_on(now, now.ends.recognised(number, words), self._clock.monotonic())

    async def _find_out(self, question: Ask, rules: SpeechRules, utterance: Pcm) -> SpeechHeard:
        try:
            async with asyncio.timeout(RECOGNISE_WITHIN):
                heard = await self._ask(question.question, rules, utterance)
        except Overloaded as error:
            log.warning("an answer on the call %s was not listened to: %s", self._call_id, error)
            return SpeechHeard(effect_id=question.id, ended=SpeechEnded.OVERLOADED, detail=str(error))
        except TimeoutError:
            return self._lost(question, f"no answer within {RECOGNISE_WITHIN:g} s")
        except RecognitionFailed as error:
            return self._lost(question, str(error))
        except Exception as error:
            log.exception("the recogniser broke")
            return self._lost(question, repr(error))
        language = question.question.language or self._language
        text = clearest(rules, heard.text, heard.alternatives, language).strip()
        if not text:
            return SpeechHeard(effect_id=question.id, ended=SpeechEnded.NOTHING, detail="there are no words")
        return SpeechHeard(effect_id=question.id, text=text, confidence=heard.confidence)

    def _lost(self, question: Ask, why: str) -> SpeechHeard:
        log.error("an answer on the call %s is lost: %s", self._call_id, why)
        return SpeechHeard(effect_id=question.id, ended=SpeechEnded.FAILED, detail=why)

    async def _ask(self, question: Question, rules: SpeechRules, utterance: Pcm) -> Heard:
        assert self._recognizer is not None, "only what a recogniser hears is listened to"
        return await self._recognizer.recognise(
            utterance,
            language=question.language or self._language,
            kind=rules.kind,
            phrases=[phrase for _, phrases in rules.choices for phrase in phrases],
            caller=self._call_id,
        )
