"""Which names a template cannot do without: those it reads as if they were surely filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum

from jinja2 import nodes

_leaves = (nodes.Name, nodes.TemplateData)
_guards = frozenset({"default", "d"})
"""Filters that have an answer to nothing."""


class Need(IntEnum):
    """How much a template relies on a name being filled."""

    TESTED = 1
    """It asks whether it is: a way that is taken only then would never be."""
    FILLED = 2
    """It says it, or reckons with it."""


Needs = Mapping[str, Need]


def needs_of(body: Iterable[nodes.Node], *, condition: bool = False) -> Needs:
    """Name -> how much it is needed; what has a substitute (`x or 'y'`, `default`) is not in it.
    `condition`: the value decides something."""
    found: dict[str, Need] = {}
    for node in body:
        if type(node) is nodes.Output and all(type(part) in _leaves for part in node.nodes):
            found.update((part.name, Need.FILLED) for part in node.nodes if type(part) is nodes.Name)
            continue  # the commonest text by far
        walk = _tested(node) if condition else _filled(node)
        for name, need in walk:
            found[name] = max(need, found.get(name, Need.TESTED))
    return found


Walk = Iterator[tuple[str, Need]]


def _filled(node: nodes.Node) -> Walk:
    """Where its value is said or reckoned with."""
    if isinstance(node, nodes.Name):
        yield node.name, Need.FILLED
    elif isinstance(node, nodes.Or):
        yield from () if isinstance(node.left, nodes.Name) else _filled(node.left)
        yield from _filled(node.right)
    elif isinstance(node, nodes.And):
        yield from _looked_at([node.left], [node.right])
    elif isinstance(node, nodes.CondExpr):
        yield from _looked_at([node.test], [node.expr1, *([node.expr2] if node.expr2 else [])])
    elif isinstance(node, nodes.If):
        branches = [node, *node.elif_]
        inside = [inner for branch in branches for inner in branch.body]
        yield from _looked_at([branch.test for branch in branches], [*inside, *node.else_])
    elif isinstance(node, nodes.For):
        yield from () if isinstance(node.iter, nodes.Name) else _filled(node.iter)
        own = {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"} | {"loop"}
        inside = [*node.body, *node.else_, *([node.test] if node.test is not None else [])]
        yield from ((name, need) for inner in inside for name, need in _filled(inner) if name not in own)
    elif isinstance(node, nodes.Not | nodes.Test) or _compares(node):
        yield from _tested(node)
    elif isinstance(node, nodes.Filter) and node.name in _guards and isinstance(node.node, nodes.Name):
        for argument in node.args:
            yield from _filled(argument)
    else:
        for child in node.iter_child_nodes():
            yield from _filled(child)


def _tested(node: nodes.Node) -> Walk:
    """Where only its truth counts: nothing is false, and equals nothing else."""
    if isinstance(node, nodes.Name):
        yield node.name, Need.TESTED
    elif isinstance(node, nodes.Not):
        yield from _tested(node.node)
    elif isinstance(node, nodes.And):
        yield from _looked_at([node.left], [node.right])
    elif isinstance(node, nodes.Or):
        yield from _tested(node.left)
        yield from _tested(node.right)
    elif isinstance(node, nodes.Test):
        yield from () if isinstance(node.node, nodes.Name) else _filled(node.node)
    elif isinstance(node, nodes.Compare) and _compares(node):
        for side in (node.expr, *(operand.expr for operand in node.ops)):
            yield from _tested(side)
    else:
        yield from _filled(node)


def _compares(node: nodes.Node) -> bool:
    """It asks whether two things are the same, or one is among others: nothing can be asked that, too."""
    return isinstance(node, nodes.Compare) and all(operand.op in ("eq", "ne") for operand in node.ops)


def _looked_at(tests: Sequence[nodes.Node], then: Sequence[nodes.Node]) -> Walk:
    """Behind a test, the names that it looks at are the author's affair; of others it is in doubt whether
    they are needed, since the same was perhaps asked before they were filled."""
    seen = {name.name for test in tests for name in _names(test)}
    for test in tests:
        yield from _tested(test)
    for node in then:
        yield from ((name, Need.TESTED) for name, _ in _filled(node) if name not in seen)


def filled_when(node: nodes.Node, truth: bool) -> Iterator[str]:
    """The names that are surely filled where a condition holds, or (`truth` is False) does not."""
    if isinstance(node, nodes.Name):
        yield from (node.name,) if truth else ()
    elif isinstance(node, nodes.Not):
        yield from filled_when(node.node, not truth)
    elif isinstance(node, nodes.And if truth else nodes.Or):
        yield from filled_when(node.left, truth)
        yield from filled_when(node.right, truth)
    elif isinstance(node, nodes.Test) and isinstance(node.node, nodes.Name):
        if node.name == ("defined" if truth else "none") or (not truth and node.name == "undefined"):
            yield node.node.name
    elif _compares(node) and isinstance(node, nodes.Compare) and len(node.ops) == 1:
        (operand,) = node.ops
        if isinstance(node.expr, nodes.Name) and isinstance(operand.expr, nodes.Const):
            nothing = operand.expr.value in (None, "")
            if (operand.op == "eq") == truth if not nothing else (operand.op == "ne") == truth:
                yield node.expr.name


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)
