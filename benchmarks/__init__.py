"""Measurements with limits. Each module here is an area; `script/measure AREA` runs it.

An area has `def figures(quick: bool, control: bool) -> Iterable[Figure]`. `quick` gives the same names
from one short round. `control` puts a fault in, with the means of `botkit.testing`, that the limits must
see: an area that stays within them then measures nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number."""

    name: str
    """snake_case; the same whether the round was quick or not."""
    value: float
    unit: str
    """`ms`, `s`, `MB`, `turns/s`, or what is counted."""
    limit: float | None = None
    """The worst value that is still good; None = told for information."""
    at_least: bool = False
    """More is better: the limit is a floor."""

    @property
    def ok(self) -> bool:
        """Within the limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit
