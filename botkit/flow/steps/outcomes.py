"""What all verbs share that may end in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Body, PlacedStep

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running


class Ending(Step):
    """A step with outcomes. The good one, the first, goes on with the next step unless it is listed; a bad
    one that is not listed raises its event, `error.VERB.NAME`."""

    outcomes: dict[str, Body] = Field(
        {}, description="How it ended -> steps; `otherwise` for every bad end that is not listed."
    )

    def ways(self) -> Iterable[str]:
        return dict.fromkeys((self.outcome_names[0], *self.outcomes)) if self.outcomes else ()

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return ((f"outcomes.{name}", body) for name, body in self.outcomes.items())

    def fills_on(self, branch: str) -> bool:
        return branch in ("", f"outcomes.{self.outcome_names[0]}")

    def listed(self, run: Running, outcome: str, event: FlowEvent) -> int | None:
        """Where it goes on with an outcome that an event has led to; None when it is not listed."""
        branch = outcome if outcome in self.outcomes else "otherwise"
        if branch not in self.outcomes or outcome not in self.outcome_names:
            return None
        run.why(branch=branch, read={"event": event.name})
        return run.branch(f"outcomes.{branch}")

    def ended(self, run: Running, outcome: str, detail: str = "") -> int:
        """It ended like this: where to go on."""
        if outcome == self.outcome_names[0]:
            run.why(branch=outcome)
            return run.branch(f"outcomes.{outcome}")
        event = f"error.{self.verb}.{outcome}"
        branch = outcome if outcome in self.outcomes else "otherwise"
        run.why(branch=branch, read={"outcome": outcome, "detail": detail[:200]})
        if branch not in self.outcomes:
            raise FlowEvent(event, detail)
        run.note_event(event, detail)
        return run.branch(f"outcomes.{branch}")
