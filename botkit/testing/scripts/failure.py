"""What a script that fails tells: the place, what was expected, what came nearest, the whole conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from botkit.model.findings import Place

MARK = ">>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One expectation that was not met, or something that could not be done."""

    expected: str
    """What should have been."""
    actual: str
    """What was instead: the nearest thing, or why not."""
    transcript: tuple[str, ...] = ()
    """The conversation up to there, both sides."""
    place: Place | None = None
    """The script's line; None in Python, where the traceback has it."""

    def __str__(self) -> str:
        where = [f"{self.place}"] if self.place else []
        told = [f"  expected: {self.expected}", *_indented("  but:      ", self.actual)]
        return "\n".join([*where, *told, "", *self.marked()])

    def marked(self) -> Sequence[str]:
        """The conversation, with the failing place behind it."""
        return [*(f"   {line}" for line in self.transcript), f"{MARK} here: {self.expected}"]


class ScriptFailed(AssertionError):
    """A conversation did not go as it should; `failure` has it all."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _indented(first: str, text: str) -> list[str]:
    head, *rest = text.splitlines() or [""]
    return [first + head, *(" " * len(first) + line for line in rest)]
