"""`repeat`: a loop with a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import BaseModel, Discriminator, Field, Tag

from botkit.flow.fields import Expression, PlacedStep, Result, Steps
from botkit.flow.validation import closed

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running

Times: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
"""Rounds of a loop."""


class While(BaseModel):
    """A loop that may end before its bound."""

    model_config = closed

    condition: Expression = Field(alias="while", description="Another round begins only while it holds.")
    max: Times = Field(description="Rounds at most, 1000 or fewer.")

    def __str__(self) -> str:
        return f"while {self.condition.source}, {self.max} times at most"


def _kind(value: object) -> str:
    return "bounded" if isinstance(value, dict | While) else "number"


Rounds: TypeAlias = Annotated[
    Annotated[Times, Tag("number")] | Annotated[While, Tag("bounded")], Discriminator(_kind)
]
"""Only one of the two can be meant, so only its faults are told."""


class Repeat(Step):
    """Runs its steps again and again, so many times at most. A `go` to a step outside leaves the loop, one to
    the loop itself begins the next round; who comes back later begins anew."""

    verb: ClassVar[str] = "repeat"
    example: ClassVar[str] = """
        flow: door
        slots:
          code: {type: digits, length: 4, secret: true, ask: "The code, please."}
        steps:
          - repeat: {while: code != "4711", max: 3}
            as: attempt
            steps:
              - if: attempt > 1
                then:
                  - say: That is not it.
              - collect: [code]
                again: true
          - end: "{{ 'Come in.' if code == '4711' else 'Goodbye.' }}"
    """
    loops: ClassVar[bool] = True

    repeat: Rounds = Field(
        description="How often, 1 to 1000; or `{while: EXPRESSION, max: N}`, decided before each round."
    )
    steps: Steps = Field(description="What is repeated.")
    round: Result | None = Field(None, alias="as", description="Gets the number of the round, from 1.")

    @property
    def most(self) -> int:
        """Rounds at most."""
        return self.repeat.max if isinstance(self.repeat, While) else self.repeat

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return (("steps", self.steps),)

    def ways(self) -> Iterable[str]:
        return ("steps", "done")

    def fills_on(self, branch: str) -> bool:
        return branch == "steps" or not isinstance(self.repeat, While)

    def enter(self, run: Running) -> int:
        rounds = run.loops[-1]
        begun = rounds.get(run.op.id, 0)
        condition = self.repeat.condition if isinstance(self.repeat, While) else None
        more = begun < self.most and (condition is None or bool(condition.value(run)))
        run.why(branch="steps" if more else "done", condition=condition)
        if not more:
            rounds.pop(run.op.id, None)
            return run.next
        rounds[run.op.id] = begun + 1
        if self.round is not None:
            run.set(self.round, begun + 1)
        return run.branch("steps")
