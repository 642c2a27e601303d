"""`conversation_webhook`: the platform's own webhooks for a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Result, Text
from botkit.flow.flowset import IGNORED
from botkit.model.conversation_webhooks import WebhookAction
from botkit.model.effects import ChangeConversationWebhook
from botkit.model.inputs import (
    ConversationWebhookChanged,
    DeadlineReached,
    EffectFailed,
    Input,
    WebhookOutcome,
)

from .outcomes import Ending

if TYPE_CHECKING:
    from botkit.flow.running import Running

_patience = 90.0
"""Seconds that the platform has."""


class ConversationWebhook(Ending):
    """Makes one of the platform's own webhooks for a conversation: an address that posts into it whatever is
    sent there. Or suspends, resumes or deletes it.

    Webhooks go by their name, within the conversation: `create` makes none where there is one of that name,
    and gives that one. Whoever knows the address can post, so hand it to nobody else.
    """

    verb: ClassVar[str] = "conversation_webhook"
    example: ClassVar[str] = """
        flow: alarms
        start:
          - mention: {words: [alarms]}
        steps:
          - conversation_webhook: alarms
            into: hook
            outcomes:
              otherwise:
                - end: "I cannot do that here: {{ event.detail }}."
          - say: "Send alarms to {{ hook.url }}"
    """
    outcome_names: ClassVar[tuple[str, ...]] = tuple(map(str, WebhookOutcome))

    conversation_webhook: Text = Field(description="Its name.")
    action: WebhookAction = Field(
        WebhookAction.CREATE, description="`create` (default), `suspend`, `resume` or `delete`."
    )
    to: Text | None = Field(
        None, description="E-mail address, user id or conversation id; without it, this conversation."
    )
    into: Result | None = Field(None, description="Gets `id` and `url`.")

    def enter(self, run: Running) -> int:
        name = self.conversation_webhook.text(run).strip()
        to = self.to.text(run).strip() if self.to is not None else ""
        if not name:
            return self.ended(run, WebhookOutcome.REFUSED, "it has no name")
        if not to and (self.to is not None or not run.session.conversation_id):
            return self.ended(run, WebhookOutcome.NOT_FOUND, "there is no conversation")
        run.why(branch="requested")
        effect = ChangeConversationWebhook(id=run.effect_id(), action=self.action, name=name, to=to)
        return run.perform(effect, "conversation_webhook", _patience)

    def resume(self, run: Running, event: Input) -> int:
        match event:
            case ConversationWebhookChanged(outcome=WebhookOutcome.DONE):
                run.hidden |= {event.url} if event.url else set()
                if self.into is not None:
                    try:
                        run.set(self.into, {"id": event.id, "url": event.url})
                    except FlowEvent as unfit:
                        return self.ended(run, WebhookOutcome.FAILED, unfit.detail)
                return self.ended(run, WebhookOutcome.DONE)
            case ConversationWebhookChanged():
                return self.ended(run, event.outcome, event.detail)
            case EffectFailed():
                return self.ended(run, WebhookOutcome.FAILED, event.error)
            case DeadlineReached():
                return self.ended(run, WebhookOutcome.FAILED, "no answer came")
            case _:
                return IGNORED
