"""`wait`: for time, or for a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Body, Duration, PlacedStep, Result
from botkit.flow.flowset import IGNORED
from botkit.flow.reader import Reader
from botkit.flow.validation import refusal
from botkit.flow.values import duration
from botkit.model.findings import Finding
from botkit.model.inputs import DeadlineReached, Input, TextReceived
from botkit.model.session import Channel

from .base import Step
from .question import chat_timeout

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running


def _seconds_or_message(value: object) -> float | str:
    if value == "message":
        return "message"
    try:
        return duration(value if isinstance(value, str) else "")
    except ValueError:
        remedy = "Write a duration (`5m`, `2h`), or `message`."
        raise refusal("`wait` needs to know for what.", remedy) from None


WaitFor: TypeAlias = Annotated[float | str, Reader(_seconds_or_message)]


class Wait(Step):
    """Waits: `5m` for time, `message` for the next thing the person writes."""

    verb: ClassVar[str] = "wait"
    example: ClassVar[str] = """
        flow: reminder
        start: [mention]
        steps:
          - say: I will remind you in an hour.
          - wait: 1h
          - say: An hour has gone by. Write anything when you are done.
          - wait: message
            timeout: 4h
            give_up:
              - end: I take it you are busy.
          - end: Well done.
    """
    waits: ClassVar[bool] = True

    wait: WaitFor = Field(description="A duration, or `message`.")
    timeout: Duration | None = Field(None, description="How long to wait for the message (default 24h).")
    into: Result | None = Field(None, description="Gets the message.")
    give_up: Body | None = Field(
        None, description="Steps when no message came in time; without it the event `no_input`."
    )
    anyone: Literal["anyone"] | None = Field(
        None, alias="from", description="`anyone`: in a group, others' messages count too."
    )

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return (("give_up", self.give_up),) if self.give_up is not None else ()

    def ways(self) -> Iterable[str]:
        return ("message", "give_up") if self.give_up is not None else ()

    def addresses_person(self) -> bool:
        return self.wait == "message"

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        if self.wait == "message" and Channel.CALL in op.channels and view.on_calls:
            message = "A caller cannot write a message."
            yield op.at.finding("not-by-keys", message, "Add `only: chat` to the step.")

    def enter(self, run: Running) -> int:
        run.why()
        if isinstance(self.wait, float):
            return run.wait_until(self.wait, "time")
        if run.over:
            return run.next
        if run.channel is not Channel.CHAT:
            raise FlowEvent("error.nobody", "a message can only come on chat")
        seconds = chat_timeout if self.timeout is None else self.timeout
        return run.wait_until(seconds, "message", anyone=self.anyone is not None)

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, DeadlineReached):
            if isinstance(self.wait, float):
                run.why(branch="time")
                return run.next
            if self.give_up is None:
                run.why(branch="no_input")
                raise FlowEvent("no_input")
            run.why(branch="give_up")
            run.note_event("no_input")
            return run.branch("give_up")
        if isinstance(event, TextReceived) and self.wait == "message":
            run.why(branch="message")
            if self.into is not None:
                run.set(self.into, event.text[:2_000])
            return run.next
        return IGNORED
