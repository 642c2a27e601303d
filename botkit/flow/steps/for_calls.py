"""What the verbs share that only a call knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running


class ForCalls(Step):
    """A step for calls: without one it is passed over."""

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        if Channel.CHAT in op.channels and view.on_chat:
            message = f"A message can start this flow, and `{self.verb}` is for calls."
            yield op.at.finding("not-on-chat", message, "Add `only: call` to the step.")

    def absent(self, run: Running) -> bool:
        """There is no call; noted for the journal."""
        if run.channel is Channel.CALL:
            return False
        run.why(branch="passed_over")
        return True
