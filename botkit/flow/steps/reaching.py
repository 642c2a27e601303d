"""`dial` and `transfer`: calls that the bot makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from botkit.flow.document import did_you_mean
from botkit.flow.fields import Duration, GoTo, Name, Result, Target, Text
from botkit.flow.flowset import END, IGNORED
from botkit.flow.validation import refusal
from botkit.flow.values import as_json
from botkit.model import effects
from botkit.model.findings import Finding
from botkit.model.inputs import CallFinished, CallOutcome, DeadlineReached, EffectFailed, Input
from botkit.model.session import Channel

from .outcomes import Ending

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

longest_talk = 12 * 3600.0
"""Seconds after which a conversation is taken for lost: its end would have been told."""
_chat_grace = 60.0
"""Seconds to bring somebody into a conversation."""


def _bounded(seconds: float) -> float:
    if not 1 <= seconds <= 300:
        raise refusal(
            "It rings for a second at least, and five minutes at most.", "Write `30s`, for example."
        )
    return seconds


RingTime: TypeAlias = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds that it may ring."""


def unknown_inputs(name: str, values: Iterable[str], op: Op, view: FlowView) -> Iterator[Finding]:
    """Values that are none for the flow called `name` here, which runs in a session of its own."""
    own = view.inputs.get(f"{view.root}/{name}")
    inputs = view.inputs.get(name, tuple(values)) if own is None else own
    known = inputs if own is None else {*own, *view.slots}
    for value in values:
        if value not in known:
            message = f"`{name[:60]}` takes no input `{value}`."
            yield op.at.finding("undeclared-name", message, did_you_mean(value, inputs))


class Reaching(Ending):
    """A step that calls somebody."""

    waits: ClassVar[bool] = True

    ring: RingTime = Field(30.0, description="How long it may ring (default 30s, 5m at most).")

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, CallFinished):
            return self.finished(run, event)
        if isinstance(event, DeadlineReached):
            return self.ended(run, "failed", "nothing was heard of the call")
        return self.ended(run, "failed", event.error) if isinstance(event, EffectFailed) else IGNORED

    def finished(self, run: Running, event: CallFinished) -> int:
        """The call is over, or there was none."""
        good = event.outcome is CallOutcome.ANSWERED
        return self.ended(run, self.outcome_names[0] if good else event.outcome, event.detail)


class Dial(Reaching):
    """Calls somebody, and goes on here when that call is over. The flow named by `flow` talks there, as a
    session of its own, with its own slots."""

    verb: ClassVar[str] = "dial"
    example: ClassVar[str] = """
        flow: alarm
        config:
          guard: {default: guard@example.com}
        start: [mention]
        steps:
          - dial: "{{ config.guard }}"
            ring: 40s
            flow: wake
            with: {place: the cold store}
            into: answer
            outcomes:
              otherwise:
                - end: Nobody answers.
          - say: "{{ 'On the way.' if answer.coming else 'Refused.' }}"
        flows:
          wake:
            inputs: [place]
            outputs: [coming]
            slots:
              coming: {type: yes_no, ask: Are you coming?}
            steps:
              - say: There is an alarm in {{ place }}.
              - collect: [coming]
    """
    outcome_names: ClassVar[tuple[str, ...]] = ("answered", "busy", "declined", "no_answer", "failed")

    dial: Text = Field(description="Whom: e-mail address or user id.")
    flow: GoTo | None = Field(
        None, description="The flow that talks, named as in `call`; without it the call ends once answered."
    )
    values: dict[Name, Text] = Field({}, alias="with", description="Inputs of that flow -> text.")
    into: Result | None = Field(None, description="Gets the outputs of that flow.")

    def dials(self) -> Iterable[Target]:
        return () if self.flow is None else (self.flow,)

    def passes(self) -> Iterable[str]:
        return self.values

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        name = "" if self.flow is None else str(self.flow)
        if not name and (self.values or self.into):
            message = "`with` and `into` are for a flow that talks, and none is named."
            yield op.at.finding("missing-key", message, "Add `flow: NAME`.")
        else:
            yield from unknown_inputs(name, self.values, op, view)

    def enter(self, run: Running) -> int:
        to = self.dial.text(run).strip()
        if not to:
            return self.ended(run, "failed", "there is nobody to call")
        flow = run.named(str(self.flow)) if self.flow is not None else None
        run.why(branch="dialled")
        effect = effects.Dial(
            id=run.effect_id(),
            to=to,
            ring=self.ring,
            flow=flow.name if flow is not None else "",
            inputs={
                **run.speaks.inputs(flow),
                **{name: as_json(template.value(run)) for name, template in self.values.items()},
            },
        )
        return run.perform(effect, "call", self.ring + longest_talk)

    def finished(self, run: Running, event: CallFinished) -> int:
        if self.into is not None and event.outcome is CallOutcome.ANSWERED:
            run.set(self.into, dict(event.outputs))
        return super().finished(run, event)


class Transfer(Reaching):
    """Joins the caller with somebody else, and goes on here when that person hangs up first. On chat it
    brings the person into the conversation, and the session ends unless `accepted` is listed."""

    verb: ClassVar[str] = "transfer"
    example: ClassVar[str] = """
        flow: exchange
        config:
          operator: {default: olivia@example.com}
        start: [call_incoming, mention]
        steps:
          - say: I put you through.
          - transfer: "{{ config.operator }}"
            ring: 25s
            outcomes:
              accepted:
                - end
              otherwise:
                - end: Nobody is free right now. Goodbye.
    """
    needs_person: ClassVar[bool] = True
    outcome_names: ClassVar[tuple[str, ...]] = ("accepted", "busy", "declined", "no_answer", "failed")

    transfer: Text = Field(description="With whom: e-mail address or user id.")

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        run.speak()
        to = self.transfer.text(run).strip()
        if not to:
            return self.ended(run, "failed", "there is nobody to transfer to")
        run.why(branch="dialled")
        talk = _chat_grace if run.channel is Channel.CHAT else longest_talk
        effect = effects.Transfer(id=run.effect_id(), to=to, ring=self.ring)
        return run.perform(effect, "call", self.ring + talk)

    def finished(self, run: Running, event: CallFinished) -> int:
        position = super().finished(run, event)
        accepted = event.outcome is CallOutcome.ANSWERED
        joined = accepted and run.channel is Channel.CHAT and "accepted" not in self.outcomes
        return END if joined else position
