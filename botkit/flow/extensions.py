"""What plugins add to the flow language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from botkit.model.errors import UsageError
from botkit.model.findings import Finding

from .expressions import Scope, plain
from .filters import Filter
from .saying import Saying, Style
from .values import Fault, as_json, as_text, clip

if TYPE_CHECKING:
    from .flowset import Flow
    from .slot_types import SlotType
    from .steps.base import Step

Check: TypeAlias = "Callable[[Flow], Iterable[Finding]]"
"""Looks at a linked flow and tells what is wrong with it: `op.at.finding(code, message, remedy)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """All that the plugins of a bot bring."""

    verbs: Sequence[type[Step]] = ()
    slot_types: Sequence[type[SlotType]] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    """`{{ value | name(argument) }}`: plain functions from data to data."""
    sayings: Mapping[str, Saying] = field(default_factory=dict)
    """Filters that word a value for whom the text is for: their first argument is a `Style`."""
    checks: Sequence[Check] = ()

    def scope(self) -> Scope:
        """What templates may use. Raises `UsageError` when a name is taken."""
        known = {*plain.filters, *plain.sayings}
        for name in (*self.filters, *self.sayings):
            if name in known or not name.isidentifier():
                remedy = "Give it another name." if name in known else "Use letters, digits and underscores."
                raise UsageError(f"A plugin cannot add the filter `{name}`.", remedy=remedy)
            known.add(name)
        filters = {name: _guarded(name, function) for name, function in self.filters.items()}
        sayings = {name: _guarded_saying(name, function) for name, function in self.sayings.items()}
        return Scope({**plain.filters, **filters}, {**plain.sayings, **sayings})


def _guarded(name: str, function: Filter) -> Filter:
    """A plugin's filter: whatever it does, an expression has plain data or a fault."""

    def apply(*values: object) -> object:
        try:
            result = as_json(function(*values))
        except Exception as error:
            raise Fault(f"the filter `{name}` failed: {type(error).__name__}: {error}"[:200]) from None
        return clip(result) if isinstance(result, str) else result

    return apply


def _guarded_saying(name: str, function: Saying) -> Saying:
    def apply(style: Style, *values: object) -> object:
        return clip(as_text(_guarded(name, lambda *given: function(style, *given))(*values)))

    return apply
