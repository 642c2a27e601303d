"""Cases of a `switch` that its value never has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from botkit.model.findings import Finding

from .document import did_you_mean
from .flowset import Flow
from .steps.choose import Choose
from .steps.collect import Collect
from .steps.confirm import Confirm
from .steps.deciding import Set, Switch


def impossible_cases(flows: Iterable[Flow]) -> Iterator[Finding]:
    """`flows`: those of one file, which share their names."""
    flows = list(flows)
    values = closed_values(flows)
    for flow in flows:
        for op in flow.ops:
            step = op.step
            if not isinstance(step, Switch) or step.switch.source not in values:
                continue
            known = {*values[step.switch.source], "otherwise"}
            for case in step.cases:
                if case not in known:
                    message = f"`{step.switch.source}` is never `{case[:40]}`."
                    yield op.at.finding("unknown-case", message, did_you_mean(case, known))


def closed_values(flows: Iterable[Flow]) -> Mapping[str, set[str]]:
    """Names that can hold nothing but these texts: what is chosen, and slots of a choice."""
    flows = list(flows)
    values: dict[str, set[str]] = {}
    open_names: set[str] = set()
    for flow in flows:
        open_names.update(flow.inputs)
        for name, slot in flow.slots.items():
            if slot.kind.closed is None:
                open_names.add(name)
            else:
                values.setdefault(name, set()).update(slot.kind.closed)
        for op in flow.ops:
            step = op.step
            if isinstance(step, Choose):
                if step.into is not None:
                    values.setdefault(step.into, set()).update(step.options)
            elif isinstance(step, Set):
                open_names.update(name for name in step.values if name not in flow.slots)
            elif not isinstance(step, Collect | Confirm):
                open_names.update(filter(None, [getattr(step, "into", None)]))
    closed = {name: found for name, found in values.items() if name not in open_names}
    languages = {language for flow in flows for language in flow.languages}
    return {**closed, "language": languages} if languages else closed
