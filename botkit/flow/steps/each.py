"""`each`: a flow with each of several people, all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias, cast

from pydantic import AfterValidator, Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Duration, Expression, GoTo, Name, Result, Target, Text
from botkit.flow.flowset import IGNORED
from botkit.flow.validation import refusal
from botkit.flow.values import as_json
from botkit.model import effects
from botkit.model.findings import Finding
from botkit.model.inputs import ChildFinished, ChildOutcome, DeadlineReached, EffectFailed, Input

from .outcomes import Ending
from .reaching import unknown_inputs

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template

most = 500
"""People at once."""


def _bounded(seconds: float) -> float:
    if seconds < 1:
        raise refusal("People need some time to answer.", "Write `2h`, for example.")
    return seconds


AnswerTime: TypeAlias = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds that people have."""


class Each(Ending):
    """Runs a flow with each of several people, all at once, each in their direct conversation with the bot
    and in a session of its own, with its own slots. Goes on here when all are done, or when the time is over:
    then the conversations that are still open end without a word.

    `into` gets a list in the order of the people: of each one the element under the name that `as` gives,
    `outcome` (`done`, `expired`, `failed`), and the outputs of the flow, as far as they are filled. Somebody
    who cannot be found has `failed`. A person may be in the list once; a second time is the event
    `error.each.twice`.

    The step has ended `done` when everybody has, `partial` when somebody has, `none` when nobody has. An end
    that is not listed goes on with the next step. With an empty list it is `done` at once."""

    verb: ClassVar[str] = "each"
    example: ClassVar[str] = """
        flow: lunch
        start: [mention]
        config:
          team: {type: list, default: [ann@example.com, bert@example.com]}
        steps:
          - each: config.team
            as: person
            flow: ask
            to: "{{ person }}"
            until: 2h
            into: answers
            outcomes:
              none:
                - end: Nobody answers. No lunch today.
          - say: |
              {% for a in answers %}{{ a.person }}: {{ a.dish | default("no answer") }}
              {% endfor %}
        flows:
          ask:
            outputs: [dish]
            slots:
              dish: {ask: What do you want for lunch?}
            steps:
              - collect: [dish]
              - say: Thank you.
    """
    waits: ClassVar[bool] = True
    outcome_names: ClassVar[tuple[str, ...]] = ("done", "partial", "none")

    each: Expression = Field(description="The list, 500 elements at most.")
    element: Result = Field(alias="as", description="What an element is called in `to` and `with`.")
    flow: GoTo = Field(description="The flow that talks to them, named as in `call`.")
    to: Text = Field(description="Whom, for each element: e-mail address or user id.")
    values: dict[Name, Text] = Field(
        {}, alias="with", description="Inputs of that flow -> text, for each element."
    )
    until: AnswerTime = Field(86_400.0, description="How long it waits for all of them (default 24h).")
    into: Result | None = Field(None, description="Gets the list of what came of it.")

    def writes(self) -> Iterable[Target]:
        return (self.flow,)

    def reads(self, slots: Mapping[str, Slot]) -> Iterable[tuple[Template, Collection[str]]]:
        known = (self.element,)
        return ((self.each, ()), (self.to, known), *((value, known) for value in self.values.values()))

    def fills(self) -> Iterable[str]:
        return () if self.into is None else (self.into,)

    def fills_on(self, branch: str) -> bool:
        return True

    def passes(self) -> Iterable[str]:
        return self.values

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        return unknown_inputs(str(self.flow), self.values, op, view)

    def enter(self, run: Running) -> int:
        elements = self.each.value(run)
        if not isinstance(elements, list | tuple):
            raise FlowEvent("error.each.list", "what stands behind `each` is no list")
        if len(elements) > most:
            raise FlowEvent("error.each.list", f"{len(elements)} elements are more than {most}")
        flow = run.named(str(self.flow))
        if flow is None:
            raise FlowEvent("error.call", f"there is no flow {self.flow}")
        children = tuple(self._children(run, elements))
        if self.into is not None:
            # From now on in its place, so that what cannot be kept is known before anybody is asked.
            empty = dict.fromkeys(flow.outputs)
            run.set(self.into, [{**empty, self.element: each, "outcome": "expired"} for each in elements])
        if not children:
            return self.ended(run, "done")
        run.why(branch="begun", read={"children": len(children)})
        effect = effects.Each(id=run.effect_id(), flow=flow.name, children=children)
        return run.perform(effect, "each", self.until, {"outcomes": "-" * len(children)})

    def resume(self, run: Running, event: Input) -> int:
        outcomes = str(run.waited.get("outcomes", ""))
        if isinstance(event, ChildFinished):
            number = event.number
            if not 0 <= number < len(outcomes) or outcomes[number] != "-":
                return IGNORED
            outcome = self._keep(run, event)
            outcomes = outcomes[:number] + outcome[0] + outcomes[number + 1 :]
            run.why(
                branch="child",
                read={"number": number, "outcome": outcome.value, "detail": event.detail[:200]},
            )
            if "-" in outcomes:
                run.waited = {**run.waited, "outcomes": outcomes}
                return run.wait_on()
        elif isinstance(event, DeadlineReached):
            self.abandoned(run)
        elif isinstance(event, EffectFailed):
            return self.ended(run, "none", event.error)
        else:
            return IGNORED
        done = outcomes.count(ChildOutcome.DONE[0])
        return self.ended(run, "done" if done == len(outcomes) else "partial" if done else "none")

    def ended(self, run: Running, outcome: str, detail: str = "") -> int:
        branch = outcome if outcome == "done" or outcome in self.outcomes else "otherwise"
        run.why(branch=branch, read={"outcome": outcome, "detail": detail[:200]})
        return run.branch(f"outcomes.{branch}")

    def abandoned(self, run: Running) -> None:
        began, outcomes = str(run.waited.get("id", "")), str(run.waited.get("outcomes", ""))
        if "-" in outcomes:
            run.effects.append(effects.Withdraw(id=run.effect_id(), began=began, children=len(outcomes)))

    def _children(self, run: Running, elements: Iterable[object]) -> Iterator[effects.Child]:
        before, taken_over = run.slots.get(self.element), run.speaks.inputs(run.named(str(self.flow)))
        known: set[str] = set()
        try:
            for element in elements:
                run.slots[self.element] = as_json(element)
                to = self.to.text(run).strip()
                if to and to.casefold() in known:
                    raise FlowEvent("error.each.twice", f"{to} is in the list twice")
                known.add(to.casefold())
                inputs = {name: as_json(text.value(run)) for name, text in self.values.items()}
                yield effects.Child(to=to, inputs={**taken_over, **inputs})
        finally:
            run.slots[self.element] = before

    def _keep(self, run: Running, event: ChildFinished) -> ChildOutcome:
        """Put what came of somebody into the list; what is too large for it has failed."""
        if self.into is None:
            return event.outcome
        rows = [dict(row) for row in cast("list[Mapping[str, object]]", run.slots[self.into])]
        row = rows[event.number]
        try:
            answered = {**row, **event.outputs, self.element: row[self.element], "outcome": event.outcome}
            run.set(self.into, [*rows[: event.number], answered, *rows[event.number + 1 :]])
        except FlowEvent:
            row["outcome"] = ChildOutcome.FAILED
            run.set(self.into, rows)
            return ChildOutcome.FAILED
        return event.outcome
