"""What is wrong with a bot.yaml is told at once, not one thing after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botkit.model.errors import UsageError, UsageErrors


class Faults:
    """Collects errors of what can be looked at one by one."""

    def __init__(self) -> None:
        self._found: list[UsageError] = []

    @contextmanager
    def collected(self) -> Iterator[None]:
        """A `UsageError` in here is kept for `tell`."""
        try:
            yield
        except UsageErrors as errors:
            self._found += errors.each
        except UsageError as error:
            self._found.append(error)

    def tell(self) -> None:
        """Raises what was found: that error, or all of them in one, each once."""
        each = list({error.paragraph(): error for error in self._found}.values())
        if len(each) > 1:
            raise UsageErrors(each)
        if each:
            raise each[0]
