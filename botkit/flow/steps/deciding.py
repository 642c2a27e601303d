"""`if`, `switch`, `set`, `go` and `return`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.fields import Body, Expression, GoTo, PlacedStep, Result, Target, Text
from botkit.flow.values import as_text

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template


class If(Step):
    """Takes one of two ways."""

    verb: ClassVar[str] = "if"
    example: ClassVar[str] = """
        flow: party
        slots:
          people: {type: number, ask: For how many?}
        steps:
          - collect: [people]
          - if: people > 8
            then:
              - say: That is a party. Somebody will call you.
            else:
              - say: A table for {{ people }}.
    """

    condition: Expression = Field(alias="if", description="Decides: `urgent and count > 3`.")
    then: Body = Field((), description="Steps when it holds.")
    otherwise: Body = Field((), alias="else", description="Steps when it does not.")

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return (("then", self.then), ("else", self.otherwise))

    def falls_through(self) -> bool:
        return False

    def ways(self) -> Iterable[str]:
        return ("then", "else")

    def enter(self, run: Running) -> int:
        branch = "then" if self.condition.value(run) else "else"
        run.why(branch=branch, condition=self.condition)
        return run.branch(branch)


class Switch(Step):
    """Takes the way that a value names."""

    verb: ClassVar[str] = "switch"
    example: ClassVar[str] = """
        flow: opening
        steps:
          - choose: Which shop?
            options: {north: {}, south: {}, online: {}}
            into: shop
          - switch: shop
            cases:
              north:
                - say: Nine to five.
              online:
                - say: Always open.
              otherwise:
                - say: Ten to six.
    """

    switch: Expression = Field(description="The value that decides.")
    cases: dict[str, Body] = Field(
        description="Value -> steps; `otherwise` for every other value, and for none."
    )

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return ((f"cases.{name}", body) for name, body in self.cases.items())

    def falls_through(self) -> bool:
        return "otherwise" not in self.cases

    def ways(self) -> Iterable[str]:
        return dict.fromkeys((*self.cases, "otherwise"))

    def enter(self, run: Running) -> int:
        value = as_text(self.switch.value(run))
        branch = value if value in self.cases else "otherwise"
        run.why(branch=branch, condition=self.switch)
        return run.branch(f"cases.{branch}")


class Set(Step):
    """Gives names values."""

    verb: ClassVar[str] = "set"
    example: ClassVar[str] = """
        flow: counter
        slots:
          tries: {type: number}
        steps:
          - set: {tries: 0, greeting: "Hello {{ user.first_name }}"}
          - id: again
            set: {tries: "{{ tries + 1 }}"}
          - choose: "{{ greeting }}. Try {{ tries }}: once more?"
            options:
              more: {label: once more, go: again}
              enough: {}
    """

    values: dict[Result, Text] = Field(
        alias="set",
        description="Name -> text. Exactly one `{{ ... }}` keeps its type; nothing empties a slot.",
    )

    def reads(self, slots: Mapping[str, Slot]) -> Iterable[tuple[Template, Collection[str]]]:
        names = list(self.values)
        return ((template, names[:before]) for before, template in enumerate(self.values.values()))

    def enter(self, run: Running) -> int:
        run.why()
        for name, template in self.values.items():
            run.set(name, template.value(run))
        return run.next


class Go(Step):
    """Goes on at another step of the same flow."""

    verb: ClassVar[str] = "go"
    example: ClassVar[str] = """
        flow: stories
        steps:
          - id: story
            say: Once upon a time ...
          - choose: Another one?
            options: {another: {}, enough: {}}
            into: wish
          - if: wish == "another"
            then:
              - go: story
    """

    go: GoTo = Field(description="The id of that step.")

    def jumps(self) -> Iterable[tuple[str, Target]]:
        return (("go", self.go),)

    def goes_on(self) -> bool:
        return False

    def enter(self, run: Running) -> int:
        run.why(branch=self.go)
        return run.branch("go")


class Return(Step):
    """Leaves its flow, back to whoever called it; the flow's `outputs` are what it gives. In a flow that
    nobody called the session ends."""

    verb: ClassVar[str] = "return"
    example: ClassVar[str] = """
        flow: shop
        slots:
          age: {type: number, ask: How old are you?}
        steps:
          - call: check_age
          - end: Come in.
        flows:
          check_age:
            steps:
              - collect: [age]
              - if: age >= 18
                then:
                  - return
              - end: Come back when you are older.
    """
    bare: ClassVar[bool] = True
    returns: ClassVar[bool] = True

    back: None = Field(None, alias="return", description="Nothing; the verb stands alone.")

    def goes_on(self) -> bool:
        return False

    def enter(self, run: Running) -> int:
        run.why()
        return run.branch("return")
