"""Events inside a flow: what `when:` handles."""

from __future__ import annotations


class FlowEvent(Exception):
    """Raised by a step, caught by the engine, handled by the innermost `when` (or outcome) that names it."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        """`no_input`, `error.run.failed` ..."""
        self.detail = detail[:200]
        """For `event.detail` and the journal."""
