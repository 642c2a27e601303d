"""The recording of a whole call: what its flow switches, what nobody else is to hear, and the file."""

from __future__ import annotations

import asyncio
import logging
import re
import wave
from collections.abc import Callable

from botkit.flow.masking import hushed
from botkit.flow.ssml import plain
from botkit.model.effects import Ask, CallRecordingSwitch, RecordCall, Say, SendDigits
from botkit.model.inputs import CallRecorded, Input
from botkit.ports.audio import CallRecording, Leg, RecordingFailed
from botkit.ports.blobs import BlobFailed
from botkit.ports.store import JournalRow

from . import journal
from .call_actions import Action, Begin, Conceal, Cut, Line, Reached, Reveal
from .call_equipment import CallEquipment
from .call_inputs import CallInputs

log = logging.getLogger(__name__)

KEEP_WITHIN = 300.0
"""Seconds until the file must be there: an hour of a call takes a part of a minute."""
TAIL = 0.5
"""Seconds behind a secret answer: whoever keyed it in may still hold the last key."""
SLOT = 0.02
"""Seconds: what has been sent last is heard for so long."""


class CallTape:
    """Follows what happens on one call. Times are seconds of `Clock.monotonic`."""

    def __init__(
        self,
        session_id: str,
        equipment: CallEquipment,
        *,
        write: Callable[[JournalRow], None],
        tell: CallInputs,
    ) -> None:
        """`tell` gets what became of it, for the session."""
        self._session_id = session_id
        self._blobs = equipment.blobs
        self._clock = equipment.clock
        self._write = write
        self._inputs = tell
        self._leg: Leg | None = None
        self._recording: CallRecording | None = None
        self._untold: dict[str, RecordCall] = {}
        """Recordings that the flow began and that it was told nothing of yet, by their ids."""
        self._lacking = "nothing was recorded"
        """Why there is none, should there be none."""
        self._quoted: str | None = None
        """Id of the line that is said now and holds a secret."""
        self._reasons: set[str] = set()
        """Why nothing is recorded now."""
        self._until = 0.0
        """Up to when nothing was to be recorded, when there last was a reason."""
        self.hidden: frozenset[str] = frozenset()
        """What was told in secret."""

    def connect(self, leg: Leg) -> None:
        """From now on there is a leg to record."""
        self._leg = leg

    def follow(self, action: Action) -> None:
        """The call's script wants this."""
        match action:
            case Reached(switch=switch):
                self._switch(switch)
            case Conceal(since=since):
                self._hide("secret", since)
            case Reveal(until=until):
                self._show("secret", until + TAIL)
            case Begin(line=line) if self._quotes(line):
                self._quoted = line.id
                self._hide("quoted", self._clock.monotonic())
            case Cut(line=line):
                self.over(line.id, self._clock.monotonic())
            case _:
                pass

    def over(self, line_id: str, at: float) -> None:
        """A line has come to its end."""
        if line_id == self._quoted:
            self._quoted = None
            self._show("quoted", at + SLOT)

    def expect(self, effect: RecordCall) -> None:
        """The flow takes it that this is done, and that it is told what becomes of the recording."""
        if effect.switch is CallRecordingSwitch.ON and not effect.began:
            self._untold[effect.id] = effect

    def end(self) -> None:
        """The call is over, and so is the recording, if there is one; the session is told."""
        # One runs at a time, and those behind it never began.
        for began in list(self._untold):
            self._off(began)

    def _switch(self, effect: RecordCall) -> None:
        match effect.switch:
            case CallRecordingSwitch.ON if effect.began:
                self._show("pause", self._clock.monotonic())
            case CallRecordingSwitch.ON:
                self._begin(effect)
            case CallRecordingSwitch.PAUSE:
                self._hide("pause", self._clock.monotonic())
            case CallRecordingSwitch.OFF:
                self._off(effect.began)

    def _off(self, began: str) -> None:
        effect = self._untold.pop(began, None)
        if effect is None:
            return
        recording, self._recording = self._recording, None
        if recording is None:
            self._inputs.tell(self._noted(CallRecorded(effect_id=began, detail=self._lacking)))
            return
        kept = asyncio.create_task(self._kept(began, recording))
        (self._inputs.tell_result if effect.before_hangup else self._inputs.tell_later)(kept)

    def _begin(self, effect: RecordCall) -> None:
        assert self._leg is not None, "nothing is reached before there is a leg"
        self._reasons.discard("pause")
        if self._blobs is None:
            self._lacking = "this bot has nowhere to keep recordings"
            return
        self._recording = self._leg.record(maximum=effect.maximum, stereo=effect.stereo)
        now = self._clock.monotonic()
        if self._reasons or self._until > now:
            self._recording.hide(now)
        if not self._reasons and self._until > now:
            self._recording.show(self._until)

    def _hide(self, reason: str, since: float) -> None:
        self._reasons.add(reason)
        if self._recording is not None:
            self._recording.hide(since)

    def _show(self, reason: str, until: float) -> None:
        if reason in self._reasons:
            self._reasons.discard(reason)
            self._until = max(self._until, until)
            if self._recording is not None and not self._reasons:
                self._recording.show(self._until)

    def _quotes(self, line: Line) -> bool:
        """Whether a secret is heard in it: in one piece, or character by character."""
        match line:
            case Say(text=text) | SendDigits(digits=text):
                said = plain(text)
            case Ask(question=question):
                said = plain(question.prompt)
            case _:
                return False
        return any(hushed(each, self.hidden) != each for each in (said, re.sub(r"[\W_]+", "", said)))

    async def _kept(self, began: str, recording: CallRecording) -> Input:
        assert self._blobs is not None, "it was looked for before it began"
        try:
            async with asyncio.timeout(KEEP_WITHIN):
                with await recording.finish() as file:
                    with wave.open(file, "rb") as reader:
                        seconds = reader.getnframes() / reader.getframerate()
                    file.seek(0)
                    kept = await self._blobs.put_file("call.wav", file)
        except Exception as error:
            expected = isinstance(error, BlobFailed | RecordingFailed | TimeoutError)
            why = (str(error) or f"it took more than {KEEP_WITHIN:g} s") if expected else repr(error)
            log.error("the recording of a call is lost: %s", why, exc_info=not expected)
            recorded = CallRecorded(effect_id=began, detail=why)
        else:
            recorded = CallRecorded(effect_id=began, file=kept, seconds=round(seconds, 3))
        return self._noted(recorded)

    def _noted(self, recorded: CallRecorded) -> Input:
        """In the journal: a session that is over takes no turn that would tell it."""
        self._write(journal.recorded(self._session_id, recorded, self._clock.now()))
        return recorded
