"""The fence around Jinja2: its parser reads, this module evaluates, and only what stands here exists.

Known: names, `a.b` and `a["b"]` of plain data, literals, comparisons, `and or not in`, `x if y else z`, `~`,
arithmetic on numbers, filters and tests by allow-list. There are no calls, no methods, no powers, no string
arithmetic, so that time and memory are bounded by construction and no object of Python is ever within reach.
A tree becomes closures once; an evaluation is a few calls of plain functions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from jinja2 import nodes

from .document import did_you_mean
from .filters import Filter, filters
from .saying import Saying, Style, sayings
from .values import Fault, as_text, clip, largest_number

reserved_names = frozenset(
    {"config", "user", "conversation", "call", "event", "now", "secrets", "language", "messages", "calendars"}
)


class Values(Protocol):
    """What names mean during one evaluation."""

    @property
    def slots(self) -> Mapping[str, object]:
        """Slots and results; a name that is not in it is unfilled."""
        ...

    @property
    def style(self) -> Style:
        """How values are worded."""
        ...

    def reserved(self, name: str) -> object:
        """The value of a reserved name."""
        ...


class ConfigValues:
    """`Values` where a text may read the flow's `config`, and what it is given, and nothing else."""

    __slots__ = ("_config", "slots", "style")

    def __init__(self, config: Mapping[str, object], given: Mapping[str, object] | None = None) -> None:
        self.slots: Mapping[str, object] = given or {}
        self.style = Style()
        self._config = config

    def reserved(self, name: str) -> object:
        if name != "config":
            raise Fault(f"`{name}` cannot be read here")
        return self._config


Evaluate = Callable[[Values], object]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template may use beside slots and reserved names."""

    filters: Mapping[str, Filter] = field(default_factory=lambda: filters)
    sayings: Mapping[str, Saying] = field(default_factory=lambda: sayings)
    local: frozenset[str] = frozenset()
    """Names that a loop binds; they are found in `Values.slots` and are never reserved."""

    def within(self, names: frozenset[str]) -> Scope:
        """The same inside a loop that binds `names`."""
        return replace(self, local=self.local | names)


plain = Scope()
"""With botkit's own filters alone."""


class Refused(Exception):
    """The fence does not let this through."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def compile_expression(node: nodes.Node, scope: Scope = plain) -> Evaluate:
    """`node` as a function of `Values`, which raises `Fault` when it has no value. Raises `Refused`."""
    make = _makers.get(type(node))
    if make is None:
        kind = type(node).__name__.lower()
        raise Refused(
            f"`{kind}` is not part of the flow language.",
            "Use names, comparisons, arithmetic and filters; do the rest in a handler (`run`).",
        )
    return make(node, scope)


def names_in(node: nodes.Node, local: frozenset[str] = frozenset()) -> list[tuple[str, ...]]:
    """The names a tree reads, each with the first attribute taken of it: `("config", "operator")`; what
    `plural` counts with its name behind it: `("messages", "places", "plural")`."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return [] if node.node.name in local else [(node.node.name, node.attr)]
    if isinstance(node, nodes.Name):
        return [] if node.name in local else [(node.name,)]
    found: list[tuple[str, ...]] = []
    if isinstance(node, nodes.Filter) and node.name == "plural" and node.node is not None:
        found += [(*path, "plural") for path in names_in(node.node, local)]
        return found + [path for argument in node.args for path in names_in(argument, local)]
    for child in node.iter_child_nodes():
        found += names_in(child, local)
    return found


def _const(node: nodes.Const, scope: Scope) -> Evaluate:
    value = node.value
    return lambda values: value


def _name(node: nodes.Name, scope: Scope) -> Evaluate:
    name = node.name
    if name in reserved_names and name not in scope.local:
        return lambda values: values.reserved(name)
    return lambda values: values.slots.get(name)


def _template_data(node: nodes.TemplateData, scope: Scope) -> Evaluate:
    text = node.data
    return lambda values: text


def _attribute(node: nodes.Getattr, scope: Scope) -> Evaluate:
    inner, name = compile_expression(node.node, scope), node.attr
    return lambda values: _take(inner(values), name)


def _item(node: nodes.Getitem, scope: Scope) -> Evaluate:
    inner, key = compile_expression(node.node, scope), compile_expression(node.arg, scope)
    return lambda values: _take(inner(values), key(values))


_moments = frozenset({"year", "month", "day", "hour", "minute", "second"})


def _take(value: object, key: object) -> object:
    if isinstance(value, Mapping):
        if isinstance(key, str) and key in value:
            found: object = value[key]
            return found
    elif isinstance(value, list | tuple | str):
        if isinstance(key, int) and -len(value) <= key < len(value):
            return value[key]
    elif isinstance(value, datetime) and key in _moments:
        return getattr(value, str(key))
    shown = "nothing" if value is None else "the value"
    raise Fault(f"{shown} has no `{str(key)[:40]}`")


def _within(left: object, right: object) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    if isinstance(right, list | tuple | Mapping):
        return left in right
    raise Fault("`in` needs a list or a text on its right")


_compare: Mapping[str, Callable[..., object]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": _within,
    "notin": lambda left, right: not _within(left, right),
}


def _comparison(node: nodes.Compare, scope: Scope) -> Evaluate:
    first = compile_expression(node.expr, scope)
    rest = [(_compare[operand.op], compile_expression(operand.expr, scope)) for operand in node.ops]
    if len(rest) == 1:
        compare, second = rest[0]
        return lambda values: _compared(compare, first(values), second(values))

    def chain(values: Values) -> bool:
        left = first(values)
        for compare, evaluate in rest:
            right = evaluate(values)
            if not _compared(compare, left, right):
                return False
            left = right
        return True

    return chain


def _compared(compare: Callable[..., object], left: object, right: object) -> bool:
    try:
        return bool(compare(left, right))
    except TypeError:
        raise Fault(f"{_kind(left)} and {_kind(right)} cannot be compared") from None


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a yes or no"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "a value"


def _and(node: nodes.And, scope: Scope) -> Evaluate:
    left, right = compile_expression(node.left, scope), compile_expression(node.right, scope)
    return lambda values: left(values) and right(values)


def _or(node: nodes.Or, scope: Scope) -> Evaluate:
    left, right = compile_expression(node.left, scope), compile_expression(node.right, scope)
    return lambda values: left(values) or right(values)


def _not(node: nodes.Not, scope: Scope) -> Evaluate:
    inner = compile_expression(node.node, scope)
    return lambda values: not inner(values)


def _conditional(node: nodes.CondExpr, scope: Scope) -> Evaluate:
    test, yes = compile_expression(node.test, scope), compile_expression(node.expr1, scope)
    no: Evaluate = (lambda values: "") if node.expr2 is None else compile_expression(node.expr2, scope)
    return lambda values: yes(values) if test(values) else no(values)


def _concat(node: nodes.Concat, scope: Scope) -> Evaluate:
    parts = [compile_expression(part, scope) for part in node.nodes]
    return lambda values: clip("".join([as_text(part(values)) for part in parts]))


_arithmetic: Mapping[type[nodes.Node], Callable[[float, float], float]] = {
    nodes.Add: operator.add,
    nodes.Sub: operator.sub,
    nodes.Mul: operator.mul,
    nodes.Div: operator.truediv,
    nodes.FloorDiv: operator.floordiv,
    nodes.Mod: operator.mod,
}


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(f"arithmetic is for numbers, this is {_kind(value)} (join texts with `~`)")
    return value


def _calculation(node: nodes.BinExpr, scope: Scope) -> Evaluate:
    left, right = compile_expression(node.left, scope), compile_expression(node.right, scope)
    calculate = _arithmetic[type(node)]

    def evaluate(values: Values) -> float:
        try:
            result = calculate(_number(left(values)), _number(right(values)))
        except (ZeroDivisionError, OverflowError):
            raise Fault("the calculation has no result") from None
        if not -largest_number <= result <= largest_number:
            raise Fault("the number is too large")
        return result

    return evaluate


def _negative(node: nodes.Neg, scope: Scope) -> Evaluate:
    inner = compile_expression(node.node, scope)
    return lambda values: -_number(inner(values))


def _list(node: nodes.List | nodes.Tuple, scope: Scope) -> Evaluate:
    items = [compile_expression(item, scope) for item in node.items]
    return lambda values: [item(values) for item in items]


def _dict(node: nodes.Dict, scope: Scope) -> Evaluate:
    items = [
        (compile_expression(pair.key, scope), compile_expression(pair.value, scope)) for pair in node.items
    ]
    return lambda values: {as_text(key(values)): value(values) for key, value in items}


def _filtered(node: nodes.Filter, scope: Scope) -> Evaluate:
    say = scope.sayings.get(node.name)
    apply = scope.filters.get(node.name, as_text)
    if say is None and node.name not in scope.filters:
        remedy = did_you_mean(node.name, {*scope.filters, *scope.sayings})
        raise Refused(f"There is no filter `{node.name}`.", remedy)
    if node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
        raise Refused("A filter takes plain arguments only.", f"Write `| {node.name}(value)`.")
    inner = (_perhaps if node.name == "default" else compile_expression)(node.node, scope)
    arguments = [compile_expression(argument, scope) for argument in node.args]

    def evaluate(values: Values) -> object:
        given = [inner(values), *[argument(values) for argument in arguments]]
        try:
            return say(values.style, *given) if say is not None else apply(*given)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise Fault(f"the filter `{node.name}` cannot do this: {error}") from None

    return evaluate


def _perhaps(node: nodes.Node, scope: Scope) -> Evaluate:
    """`a.b` where `a` may have no `b`: it is nothing then, as with Jinja2."""
    inner = compile_expression(node, scope)
    if not isinstance(node, nodes.Getattr | nodes.Getitem):
        return inner

    def evaluate(values: Values) -> object:
        try:
            return inner(values)
        except Fault:
            return None

    return evaluate


_of_what_may_lack = ("defined", "undefined")
_tests: Mapping[str, Callable[[object], bool]] = {
    "none": lambda value: value is None,
    "defined": lambda value: value is not None,
    "undefined": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
}


def _tested(node: nodes.Test, scope: Scope) -> Evaluate:
    test = _tests.get(node.name)
    if test is None:
        raise Refused(f"There is no test `is {node.name}`.", did_you_mean(node.name, _tests))
    if node.args or node.kwargs:
        raise Refused(f"The test `is {node.name}` takes nothing else.", f"Write `is {node.name}` alone.")
    inner = (_perhaps if node.name in _of_what_may_lack else compile_expression)(node.node, scope)
    return lambda values: test(inner(values))


_makers: Mapping[type[nodes.Node], Callable[..., Evaluate]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.TemplateData: _template_data,
    nodes.Getattr: _attribute,
    nodes.Getitem: _item,
    nodes.Compare: _comparison,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: _not,
    nodes.CondExpr: _conditional,
    nodes.Concat: _concat,
    nodes.Neg: _negative,
    nodes.List: _list,
    nodes.Tuple: _list,
    nodes.Dict: _dict,
    nodes.Filter: _filtered,
    nodes.Test: _tested,
    **dict.fromkeys(_arithmetic, _calculation),
}
