"""`call` and `run`: other flows, and handlers in Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from botkit.flow.document import did_you_mean
from botkit.flow.fields import Duration, GoTo, Name, Result, Target, Text
from botkit.flow.flowset import IGNORED
from botkit.flow.request_fields import Argument, SecretName
from botkit.flow.validation import refusal
from botkit.flow.values import as_json
from botkit.model import effects
from botkit.model.findings import Finding
from botkit.model.inputs import DeadlineReached, EffectFailed, Input, RunFinished

from .outcomes import Ending

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.events import FlowEvent
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

_grace = 30.0
"""Seconds by which the flow gives up later than the handler's own limit: after a crash it may begin anew."""


def _bounded(seconds: float) -> float:
    if not 0 < seconds <= 600:
        raise refusal("A handler has some time, and ten minutes at most.", "Write `10s`, for example.")
    return seconds


HandlerTime: TypeAlias = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds that a handler may take."""


class Call(Ending):
    """Runs another flow, then goes on here."""

    verb: ClassVar[str] = "call"
    example: ClassVar[str] = """
        flow: desk
        slots:
          name: {ask: What is your name?}
        steps:
          - call: ask_name
            outcomes:
              otherwise:
                - end: Another time, then.
          - say: Hello {{ name }}.
        flows:
          ask_name:
            steps:
              - collect: [name]
    """
    outcome_names: ClassVar[tuple[str, ...]] = ("done", "no_input", "no_match", "cancelled", "failed")

    call: GoTo = Field(
        description="An inner flow of this file (`take_message`), another file's flow (`billing`), or an "
        "inner flow of that (`billing/refund`)."
    )
    values: dict[Name, Text] = Field({}, alias="with", description="Inputs of that flow -> text.")
    into: Result | None = Field(None, description="Gets the outputs of that flow.")

    def calls(self) -> Iterable[Target]:
        return (self.call,)

    def passes(self) -> Iterable[str]:
        return self.values

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        if f"{view.root}/{self.call}" in view.inputs:
            return  # a flow of this file: its names are this file's
        inputs = view.inputs.get(self.call, self.values)
        for name in self.values:
            if name not in inputs:
                message = f"`{self.call[:60]}` takes no input `{name}`."
                yield op.at.finding("undeclared-name", message, did_you_mean(name, inputs))

    def enter(self, run: Running) -> int:
        values = {name: template.value(run) for name, template in self.values.items()}
        run.why(branch=self.call)
        return run.call(self.call, values)

    def returned(self, run: Running, outputs: dict[str, object]) -> int:
        if self.into is not None:
            run.set(self.into, outputs)
        if self.outcomes:
            run.why(branch="done")
        return run.branch("outcomes.done")

    def left_by(self, run: Running, event: FlowEvent) -> int | None:
        outcome = "failed" if event.name.partition(".")[0] == "error" else event.name
        return self.listed(run, outcome, event)


class Run(Ending):
    """Runs a step handler, Python of the bot's own, and waits for what it returns."""

    verb: ClassVar[str] = "run"
    example: ClassVar[str] = """
        flow: orders
        slots:
          number: {type: digits, length: 6, ask: What is the number of your order?}
        steps:
          - collect: [number]
          - run: order_state
            with: {number: "{{ number }}"}
            timeout: 5s
            into: order
            outcomes:
              otherwise:
                - end: I cannot look it up just now.
          - say: It is {{ order.state }}.
    """
    outcome_names: ClassVar[tuple[str, ...]] = ("done", "failed", "expired")

    run: GoTo = Field(description="The handler's name.")
    arguments: dict[Name, Argument] = Field(
        {},
        alias="with",
        description="Arguments: name -> text; exactly one `{{ ... }}` keeps its type. What is exactly "
        "`{{ secrets.NAME }}` comes as a `Secret`.",
    )
    into: Result | None = Field(None, description="Gets what it returns.")
    timeout: HandlerTime = Field(10.0, description="How long it may take (default 10s, 10m at most).")

    def enter(self, run: Running) -> int:
        arguments = {
            name: as_json(argument.value(run))
            for name, argument in self.arguments.items()
            if not isinstance(argument, SecretName)
        }
        secrets = {
            name: str(argument)
            for name, argument in self.arguments.items()
            if isinstance(argument, SecretName)
        }
        run.why(branch=self.run)
        effect = effects.Run(
            id=run.effect_id(),
            handler=str(self.run),
            arguments=arguments,
            secrets=secrets,
            timeout=self.timeout,
        )
        return run.perform(effect, "run", self.timeout + _grace)

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, RunFinished) and not (event.error or event.timed_out):
            if self.into is not None:
                run.set(self.into, event.value)
            return self.ended(run, "done")
        if isinstance(event, RunFinished | EffectFailed):
            expired = isinstance(event, RunFinished) and event.timed_out
            return self.ended(run, "expired" if expired else "failed", event.error)
        if isinstance(event, DeadlineReached):
            return self.ended(run, "expired", "no result came")
        return IGNORED
