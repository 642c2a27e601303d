"""`react`: an answer without words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.model.effects import React as ReactTo
from botkit.model.items import Reaction
from botkit.model.session import Channel

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running


class React(Step):
    """Reacts to the person's last message. On a call, before there is a message, and where the platform
    has no reactions, it is passed over.
    """

    verb: ClassVar[str] = "react"
    example: ClassVar[str] = """
        flow: report
        start: [mention]
        slots:
          text: {ask: What has happened?}
        steps:
          - collect: [text]
          - react: like
          - post: "{{ user.name }}: {{ text }}"
            to: desk@example.com
    """

    react: Reaction = Field(description="How: `like`.")

    def enter(self, run: Running) -> int:
        if run.channel is not Channel.CHAT or not run.item:
            run.why(branch="passed_over")
            return run.next
        run.why()
        run.effects.append(ReactTo(id=run.effect_id(), item_id=run.item, reaction=self.react))
        return run.next
