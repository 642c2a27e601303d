"""The verb `attempt`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.fields import Body, PlacedStep, Result
from botkit.flow.steps import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running


class Attempt(Step):
    """Counts how often it was come by, and goes another way when that was too often."""

    verb: ClassVar[str] = "attempt"
    example: ClassVar[str] = """
        flow: door
        slots:
          pin: {type: digits, length: 4, ask: What is your PIN?}
        steps:
          - id: again
            attempt: tries
            most: 3
            too_many:
              - end: That was once too often.
          - collect: [pin]
            again: true
          - if: pin != "4711"
            then:
              - go: again
          - end: Come in.
    """

    attempt: Result = Field(description="The name that holds the count.")
    most: int = Field(3, ge=1, le=100, description="How often is not too often (default 3).")
    too_many: Body = Field(description="Steps when it was.")

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return (("too_many", self.too_many),)

    def ways(self) -> Iterable[str]:
        return ("counted", "too_many")

    def enter(self, run: Running) -> int:
        count = run.slots.get(self.attempt)
        made = (count if isinstance(count, int) else 0) + 1
        run.set(self.attempt, made)
        if made <= self.most:
            run.why(branch="counted", read={self.attempt: made})
            return run.next
        run.why(branch="too_many", read={self.attempt: made})
        return run.branch("too_many")
