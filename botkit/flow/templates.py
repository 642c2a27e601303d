"""Texts with `{{ ... }}` in them, and bare expressions, compiled once.

Values put in are data and never read as a template again. A rendered text is cut at 16 kB, a loop runs
over at most 1,000 elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from jinja2 import TemplateSyntaxError, nodes

from .document import Location
from .expressions import Evaluate, Refused, Scope, Values, compile_expression, names_in, plain
from .needs import Needs, needs_of
from .parsing import parse
from .ssml import escape, is_ssml
from .values import Fault, as_text, clip, max_text

_max_source = 8_192
_max_rounds = 1_000
_markers = ("{{", "{%", "{#")

Render = Callable[[Values], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text or expression."""

    source: str
    """As the author wrote it."""
    constant: str | None
    """The text itself, when there is nothing to fill in."""
    value: Evaluate
    """Its value: what is exactly one `{{ ... }}` keeps its type, all else is text. Raises `Fault`."""
    names: tuple[tuple[str, ...], ...] = ()
    """What it reads: `("name",)`, `("config", "operator")`."""
    at: Location | None = None
    """Where it stands."""
    needs: Needs = field(default_factory=dict)
    """The names that it cannot do without."""

    def text(self, values: Values) -> str:
        """Rendered. Raises `Fault`."""
        if self.constant is not None:
            return self.constant
        value = self.value(values)
        return clip(value) if isinstance(value, str) else as_text(value)


def compile_text(source: str, at: Location | None = None, scope: Scope = plain) -> Template:
    """A text. Raises `Refused` for what the fence keeps out."""
    _check_size(source)
    if not any(marker in source for marker in _markers):
        return Template(source, source, lambda values: source, (), at)
    body = _parse(source).body
    try:
        names = tuple(dict.fromkeys(_names(body, frozenset())))
        if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
            only = body[0].nodes[0]
            if not isinstance(only, nodes.TemplateData):
                return Template(source, None, compile_expression(only, scope), names, at, needs_of(body))
        block = _Block(loop_allowed=True, markup=is_ssml(source))
        return Template(source, None, block.render(body, scope), names, at, needs_of(body))
    except RecursionError:
        raise _too_deep() from None


def compile_bare(source: str, at: Location | None = None, scope: Scope = plain) -> Template:
    """A bare expression (`if: count > 3`). Raises `Refused`."""
    _check_size(source)
    if any(marker in source for marker in _markers):
        raise Refused("An expression stands bare here.", "Leave out the braces: `if: count > 3`.")
    body = _parse("{{ " + source + " }}", bare=True).body
    if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
        raise Refused("This is not one expression.", "Write something like `count > 3`.")
    only = body[0].nodes[0]
    if isinstance(only, nodes.TemplateData):
        raise Refused("There is no expression here.", "Write something like `count > 3`.")
    try:
        names = tuple(dict.fromkeys(names_in(only)))
        needs = needs_of([only], condition=True)
        return Template(source, None, compile_expression(only, scope), names, at, needs)
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> Refused:
    return Refused("The template is too deep.", "Take it apart with `set`.")


def _check_size(source: str) -> None:
    if len(source) > _max_source:
        raise Refused(f"The text is longer than {_max_source:,} characters.", "Split it into several steps.")


def _parse(source: str, *, bare: bool = False) -> nodes.Template:
    try:
        return parse(source)
    except TemplateSyntaxError as error:
        if bare:  # Jinja2's own words tell of a print statement, which the author has not written
            remedy = 'Write something like `count > 3` or `wish == "tea"`, with two `=`.'
            raise Refused("The expression cannot be read.", remedy) from None
        message = f"The template cannot be read: {(error.message or 'syntax error').rstrip('.')}."
        raise Refused(message, "Check the braces and quotes.") from None
    except (RecursionError, ValueError, OverflowError):
        raise _too_deep() from None


def _names(body: list[nodes.Node], local: frozenset[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for node in body:
        if isinstance(node, nodes.For):
            found += names_in(node.iter, local)
            inner = local | _targets(node) | {"loop"}
            found += _names([*node.body, *node.else_], inner)
            if node.test is not None:
                found += names_in(node.test, inner)
        elif isinstance(node, nodes.If):
            found += names_in(node.test, local)
            found += _names([*node.body, *node.elif_, *node.else_], local)
        else:
            found += names_in(node, local)
    return found


def _targets(node: nodes.For) -> frozenset[str]:
    if not isinstance(node.target, nodes.Name):
        raise Refused("A loop binds one name.", "Write `{% for item in list %}`.")
    return frozenset({node.target.name})


class _Inside:
    """The values inside one round of a loop."""

    __slots__ = ("reserved", "slots", "style")

    def __init__(self, outer: Values, name: str, item: object, loop: Mapping[str, object]) -> None:
        self.slots: Mapping[str, object] = {**outer.slots, name: item, "loop": loop}
        self.reserved = outer.reserved
        self.style = outer.style


@dataclass(frozen=True, slots=True)
class _Block:
    """How the parts of a text are compiled."""

    loop_allowed: bool
    markup: bool
    """The text is SSML: what is put in is no markup, whatever signs it has."""

    def render(self, body: list[nodes.Node], scope: Scope) -> Render:
        """`body` as a function."""
        parts: list[Evaluate] = []
        for node in body:
            if isinstance(node, nodes.Output):
                parts += [self._part(inner, scope) for inner in node.nodes]
            elif isinstance(node, nodes.If):
                parts.append(self._if(node, scope))
            elif isinstance(node, nodes.For):
                if not self.loop_allowed:
                    raise Refused("A loop stands inside a loop.", "Use one level of `{% for %}`.")
                parts.append(self._for(node, scope))
            else:
                raise Refused(
                    f"`{{% {type(node).__name__.lower()} %}}` is not part of the flow language.",
                    "Use `{{ ... }}`, `{% if %}` and one level of `{% for %}`; `set` is a step.",
                )
        if len(parts) == 2:
            first, second = parts
            return lambda values: as_text(first(values)) + as_text(second(values))

        def render(values: Values) -> str:
            return "".join([as_text(part(values)) for part in parts])

        return render

    def _part(self, node: nodes.Node, scope: Scope) -> Evaluate:
        evaluate = compile_expression(node, scope)
        if not self.markup or isinstance(node, nodes.TemplateData):
            return evaluate
        return lambda values: escape(as_text(evaluate(values)))

    def _if(self, node: nodes.If, scope: Scope) -> Render:
        branches = [
            (compile_expression(branch.test, scope), self.render(branch.body, scope))
            for branch in [node, *node.elif_]
        ]
        otherwise = self.render(node.else_, scope)

        def render(values: Values) -> str:
            for test, body in branches:
                if test(values):
                    return body(values)
            return otherwise(values)

        return render

    def _for(self, node: nodes.For, scope: Scope) -> Render:
        if node.recursive:
            raise Refused("A loop cannot be recursive.", "Leave out `recursive`.")
        name = next(iter(_targets(node)))
        inner = scope.within(frozenset({name, "loop"}))
        elements = compile_expression(node.iter, scope)
        test = compile_expression(node.test, inner) if node.test is not None else None
        body = replace(self, loop_allowed=False).render(node.body, inner)
        otherwise = replace(self, loop_allowed=False).render(node.else_, scope)

        def render(values: Values) -> str:
            items = elements(values)
            if items is None:
                items = []
            if not isinstance(items, list | tuple | Mapping):
                raise Fault("a loop needs a list")
            parts: list[str] = []
            size = 0
            last = min(len(items), _max_rounds) - 1
            for index, item in enumerate(list(items)[:_max_rounds]):
                loop = {"index": index + 1, "index0": index, "first": index == 0, "last": index == last}
                inside = _Inside(values, name, item, loop)
                if test is not None and not test(inside):
                    continue
                part = body(inside)
                parts.append(part)
                size += len(part)
                if size > max_text:
                    break
            return clip("".join(parts)) if parts else otherwise(values)

        return render
