"""`record`: what a caller says, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from botkit.flow import match
from botkit.flow.asking import Listen
from botkit.flow.events import FlowEvent
from botkit.flow.fields import Duration, Result, Text
from botkit.flow.flowset import IGNORED
from botkit.flow.reader import Reader
from botkit.flow.validation import refusal
from botkit.model import effects, questions
from botkit.model.calls import CallCause
from botkit.model.inputs import (
    DeadlineReached,
    EffectFailed,
    Input,
    KeysCollected,
    KeysEnded,
    Recorded,
    RecordEnded,
    SpeechHeard,
)
from botkit.model.questions import BargeIn, KeyRules
from botkit.model.speech import SpeechKind, SpeechRules

from .for_calls import ForCalls
from .outcomes import Ending
from .reaching import longest_talk

if TYPE_CHECKING:
    from botkit.flow.running import Running

_review_keys = {"1": "keep", "2": "again"}


def _terminators(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else "?"
    if not set(text) <= set("0123456789*#"):
        raise refusal("Only keys can end a recording.", 'Write "#", or several: "*#".', "bad-dial-key")
    return str(text)


def _longest(seconds: float) -> float:
    if not 1 <= seconds <= 1800:
        raise refusal("A recording takes between a second and half an hour.", "Write `2m`, for example.")
    return seconds


Terminators: TypeAlias = Annotated[str, Reader(_terminators)]
Length: TypeAlias = Annotated[Duration, AfterValidator(_longest)]


def _review(run: Running) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What keeps a recording, and what begins anew, in words."""
    return tuple((wish, tuple(run.wording.words(wish))) for wish in dict.fromkeys(_review_keys.values()))


class Record(Ending, ForCalls):
    """Records what the caller says. A key, silence, the longest time or hanging up ends it; whoever hangs up
    has left a message all the same: it is kept, and the flow goes on without a person. Without a call the
    step is passed over."""

    verb: ClassVar[str] = "record"
    example: ClassVar[str] = """
        flow: mailbox
        config:
          desk: {default: desk@example.com}
        start: [call_incoming]
        steps:
          - record: Please speak after the tone, then press hash.
            max: 2m
            review: true
            into: voice
            outcomes:
              nothing:
                - end: I did not hear a message. Goodbye.
          - post: "{{ user.name }} left a message of {{ voice.seconds }} seconds."
            to: "{{ config.desk }}"
            files: [voice]
          - say: Thank you.
    """
    needs_person: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    outcome_names: ClassVar[tuple[str, ...]] = ("recorded", "nothing", "failed")

    record: Text = Field(description="What is said first.")
    beep: bool = Field(True, description="Sound a tone before it begins (default true).")
    terminator: Terminators = Field("#", description='The keys that end it (default "#"); "" = none.')
    silence: Duration = Field(
        3.0, description="How long a silence behind speech ends it (default 3s); 0s = none does."
    )
    timeout: Duration = Field(6.0, description="How long to wait for the first word (default 6s).")
    maximum: Length = Field(
        120.0, alias="max", description="The longest recording (default 2m, 30m at most)."
    )
    into: Result | None = Field(
        None, description="Gets the recording, for `post: files`; `NAME.seconds` is its length."
    )
    review: bool = Field(
        False, description="Play it back, and ask whether to keep it or to record again (default false)."
    )

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        return run.next if self.absent(run) else self.begin(run)

    def begin(self, run: Running) -> int:
        """Record, for the first time or again."""
        run.why(branch="recording")
        run.say(run.words(self.record))
        run.pick_up()
        effect = effects.Record(
            id=run.effect_id(),
            beep=self.beep,
            terminators=self.terminator,
            silence=self.silence,
            timeout=self.timeout,
            maximum=self.maximum,
        )
        return run.perform(effect, "record", self.maximum + self.timeout + longest_talk)

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, Recorded):
            return self.recorded(run, event)
        if isinstance(event, KeysCollected | SpeechHeard):
            return self.reviewed(run, event)
        if isinstance(event, DeadlineReached):
            return self.ended(run, "failed", "no recording came")
        return self.ended(run, "failed", event.error) if isinstance(event, EffectFailed) else IGNORED

    def hung_up(self, run: Running, cause: CallCause) -> int:
        kept = run.waited.get("recording")
        if kept is not None:
            return self.keep(run, kept)
        if cause is CallCause.CALL_LOST:
            return IGNORED  # and the recording with it
        run.why(branch="hangup")
        return run.wait_on()

    def recorded(self, run: Running, event: Recorded) -> int:
        """The recording is over."""
        if event.ended is RecordEnded.HANGUP:
            run.over = True
        if event.file:
            recording = {"file": event.file, "seconds": round(event.seconds, 1)}
            if not self.review or run.over:
                return self.keep(run, recording)
            run.why(branch="review")
            run.effects.append(
                effects.Play(id=run.effect_id(), file=event.file, recorded=True, barge_in=BargeIn.BOTH)
            )
            return self.ask(run, recording, 0)
        if run.over:
            raise FlowEvent("hangup", CallCause.HANGUP)
        return self.ended(run, "failed" if event.ended is RecordEnded.FAILED else "nothing", event.detail)

    def keep(self, run: Running, recording: object) -> int:
        """It is the one."""
        if self.into is not None:
            run.set(self.into, recording)
        return self.ended(run, "recorded")

    def ask(self, run: Running, recording: object, failures: int) -> int:
        """Whether to keep it."""
        speech = run.tongue.hears and run.flow.asking.listen is not Listen.KEYS
        question = questions.Question(
            prompt=run.wording.review(speech=speech),
            keys=KeyRules(choices=tuple(_review_keys)),
            speech=SpeechRules(kind=SpeechKind.CHOICE, choices=_review(run)) if speech else None,
            barge_in=BargeIn.BOTH,
            language=run.language,
        )
        return run.ask(question, 0.0, {"recording": recording, "failures": failures})

    def reviewed(self, run: Running, event: KeysCollected | SpeechHeard) -> int:
        """Keep it, or again. Who says nothing twice has left a message: it is kept."""
        recording, failures = run.waited["recording"], int(str(run.waited["failures"]))
        if isinstance(event, SpeechHeard):
            found = match.closest(event.text, dict(_review(run)))
            wish = found.name if found else None
        else:
            wish = _review_keys.get(event.digits)
        if wish == "again":
            run.why(branch="again")
            return self.begin(run)
        if wish is None and failures == 0:
            silent = isinstance(event, KeysCollected) and event.ended is KeysEnded.NONE
            run.why(branch="no_input" if silent else "no_match")
            run.say(run.wording.text("no_input" if silent else "no_match"))
            return self.ask(run, recording, 1)
        return self.keep(run, recording)
