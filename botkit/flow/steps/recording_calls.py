"""`record_call`: a whole call, both sides, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from botkit.flow.fields import Duration, Result
from botkit.flow.flowset import IGNORED
from botkit.flow.recordings import over
from botkit.flow.validation import refusal
from botkit.model import effects
from botkit.model.effects import CallRecordingSwitch
from botkit.model.inputs import CallRecorded, DeadlineReached, EffectFailed, Input

from .for_calls import ForCalls
from .reaching import longest_talk

if TYPE_CHECKING:
    from botkit.flow.running import Running


def _longest(seconds: float) -> float:
    if not 1 <= seconds <= 3600:
        raise refusal("A call is recorded for a second to an hour.", "Write `30m`, for example.")
    return seconds


Length: TypeAlias = Annotated[Duration, AfterValidator(_longest)]


class RecordCall(ForCalls):
    """Records the call itself, both sides: `on`, `pause`, `off`. It begins once everything before it has been
    heard, and ends with the call, or with `off`, which waits until the file is there; behind a hang-up the
    first step that reads it does. `pause` puts silence in place of what passes, until the next `on`; so does,
    by itself, a question whose answer is secret, and what is said with that answer in it. Nobody is told that
    they are recorded: say it. Without a call the step is passed over."""

    verb: ClassVar[str] = "record_call"
    example: ClassVar[str] = """
        flow: hotline
        config:
          desk: {default: desk@example.com}
        slots:
          recorded: {type: yes_no, ask: May we record this call?}
        start: [call_incoming]
        steps:
          - collect: [recorded]
          - if: recorded
            then:
              - record_call: on
                into: recording
          - call: talk
          - record_call: off
          - call: file_it
        when:
          hangup:
            - call: file_it
        flows:
          talk:
            steps:
              - say: We are open from nine to five.
          file_it:
            steps:
              - if: recording
                then:
                  - post: "The call with {{ user.name }}, {{ recording.seconds }} seconds."
                    to: "{{ config.desk }}"
                    files: [recording]
    """
    needs_person: ClassVar[bool] = True

    record_call: CallRecordingSwitch = Field(description="`on`, `pause` or `off`.")
    into: Result | None = Field(
        None,
        description="With `on`: gets the recording when it is over, for `post: files`; `NAME.seconds` is its "
        "length. Empty when it could not be kept.",
    )
    stereo: bool = Field(
        False, description="With `on`: the person left, the bot right (default false: both in one)."
    )
    maximum: Length = Field(
        3600.0, alias="max", description="With `on`: the longest recording (default 1h, 1h at most)."
    )

    @model_validator(mode="after")
    def _only_with_on(self) -> RecordCall:
        given = self.model_fields_set & {"into", "stereo", "maximum"}
        if given and self.record_call is not CallRecordingSwitch.ON:
            raise refusal(
                "`into`, `stereo` and `max` tell how a recording begins.", "Write them at `record_call: on`."
            )
        return self

    def fills_on(self, branch: str) -> bool:
        return False  # not before it is over

    def enter(self, run: Running) -> int:
        if self.absent(run):
            return run.next
        begun, switch = run.recording, self.record_call
        if begun is None and switch is not CallRecordingSwitch.ON:
            run.why(branch="not_recorded")
            return run.next
        run.why(branch=switch)
        effect = effects.RecordCall(
            id=run.effect_id(),
            switch=switch,
            began=begun["id"] if begun else "",
            stereo=self.stereo,
            maximum=self.maximum,
            before_hangup=any(self.into in run.flows.flows[str(frame[0])].outputs for frame in run.stack),
        )
        if begun is None:
            depth = len(run.stack) - 1
            run.recording = {
                "id": effect.id,
                "into": self.into or "",
                "flow": run.flow.name,
                "depth": depth,
            }
        if begun is None or switch is not CallRecordingSwitch.OFF:
            run.effects.append(effect)
            return run.next
        going_on = run.perform(effect, "call_recording", longest_talk)
        run.wait = {**run.wait, "id": begun["id"]}
        return going_on

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, CallRecorded):
            over(run, event)
            run.why(branch="kept" if event.file else "lost")
            return run.next
        if isinstance(event, DeadlineReached | EffectFailed):
            over(run, None)
            run.why(branch="lost")
            return run.next
        return IGNORED
