"""`answer` and `decline`: what becomes of a call that rings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.flowset import END
from botkit.model.calls import DeclineCause
from botkit.model.findings import Finding
from botkit.model.session import Channel

from .for_calls import ForCalls

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running


class Answer(ForCalls):
    """Picks up a call that rings, without a word. Needed only when something long comes before the first
    step that is heard: that one picks up by itself. Without a call it is passed over."""

    verb: ClassVar[str] = "answer"
    example: ClassVar[str] = """
        flow: stock
        start: [call_incoming]
        steps:
          - answer
          - run: count_stock
            into: stock
          - end: There are {{ stock }} left.
    """
    bare: ClassVar[bool] = True
    needs_person: ClassVar[bool] = True

    answer: None = Field(None, description="Nothing; the verb stands alone.")

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        run.why(branch="answered" if run.rings else "passed_over")
        run.pick_up()
        return run.next


class Decline(ForCalls):
    """Refuses a call that rings, and ends the session. One that was answered already is hung up; without a
    call only the session ends."""

    verb: ClassVar[str] = "decline"
    example: ClassVar[str] = """
        flow: night
        start: [call_incoming]
        steps:
          - if: now.hour < 8
            then:
              - decline: rejected
          - say: Good morning.
    """

    decline: DeclineCause = Field(description="What the caller is told: `busy` or `rejected`.")

    def goes_on(self) -> bool:
        return False

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        yield from super().findings(op, view)
        if op.index in view.answered:
            message = "The call was answered before it comes to this step."
            yield op.at.finding("call-answered", message, "Decline before anything is heard, or write `end`.")

    def enter(self, run: Running) -> int:
        if run.rings:
            run.why(branch=self.decline)
            run.decline(self.decline)
        else:
            run.why(branch="hung_up" if run.channel is Channel.CALL else "no_call")
        return END
