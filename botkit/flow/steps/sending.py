"""`send_webhook`: tell another system what has happened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import Field

from botkit.flow.document import did_you_mean
from botkit.flow.events import FlowEvent
from botkit.flow.fields import GoTo, text_of
from botkit.flow.reader import Reader
from botkit.flow.request_fields import Json
from botkit.flow.validation import refusal
from botkit.model import effects, standard_webhooks
from botkit.model.findings import Finding

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

_kind = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*", re.ASCII)


def _checked_kind(value: object) -> str:
    kind = text_of(value, "what has happened")
    if not _kind.fullmatch(kind) or len(kind) > 80:
        raise refusal(f"`{kind[:40]}` is no type of webhook.", "Write `callback.wanted`, for example.")
    return kind


EventType: TypeAlias = Annotated[str, Reader(_checked_kind)]
"""Words with dots between them."""


class SendWebhook(Step):
    """Sends a signed webhook to a receiver of bot.yaml, and does not wait for it: a receiver that is down
    holds up nobody.

    What is sent is `{"type": ..., "timestamp": ..., "data": ...}`, signed as
    [Standard Webhooks](https://www.standardwebhooks.com) says, once the turn is safe in the store. Until
    the receiver answers with 2xx it is tried for some three days, each time with the same `webhook-id`;
    then it is a dead letter (`botkit deadletters`). More than 20 kB are the event `error.send_webhook`.
    """

    verb: ClassVar[str] = "send_webhook"
    example: ClassVar[str] = """
        flow: callback
        slots:
          name: {ask: What is your name?}
        steps:
          - collect: [name]
          - send_webhook: crm
            kind: callback.wanted
            json: {name: "{{ name }}", email: "{{ user.email }}"}
          - say: We will call you back.
    """

    send_webhook: GoTo = Field(description="The receiver, one of bot.yaml's `receivers`.")
    kind: EventType | None = Field(
        None, description="The `type` of what is sent: `callback.wanted`; by default the flow's name."
    )
    data: Json | None = Field(
        None,
        alias="json",
        description="The webhook's `data`: a mapping or list of texts; exactly one `{{ ... }}` keeps its "
        "type.",
    )

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        name, known = self.send_webhook, view.receivers
        if known is not None and name not in known:
            add = f"Add `receivers: {{{name[:40]}: {{url: ..., secret: ...}}}}` to bot.yaml."
            remedy = did_you_mean(name, known) if known else add
            at = name.at or op.at
            yield at.finding("unknown-receiver", f"There is no receiver `{name[:40]}`.", remedy)

    def enter(self, run: Running) -> int:
        kind = self.kind or run.flow.name.replace("/", ".")
        data = self.data.value(run) if self.data is not None else {}
        try:
            standard_webhooks.body_of(kind, run.now, data)
        except ValueError as unfit:
            raise FlowEvent("error.send_webhook", str(unfit)) from None
        run.why(branch=self.send_webhook)
        run.effects.append(
            effects.SendWebhook(
                id=run.effect_id(), receiver=str(self.send_webhook), type=kind, at=run.now, data=data
            )
        )
        return run.next
