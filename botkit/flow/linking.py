"""Steps get their places: every jump and every branch of a flow becomes an index, once, at load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .document import Location, did_you_mean
from .fields import PlacedStep
from .flowset import RETURN, Op

everywhere = frozenset(Channel)


class Linker:
    """Links one flow."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.findings: list[Finding] = []
        self.named: dict[str, Op] = {}
        """Author's id -> op."""

    def body(
        self,
        steps: Sequence[PlacedStep],
        prefix: str = "",
        after: int = RETURN,
        channels: frozenset[Channel] = everywhere,
        within: tuple[str, ...] = (),
    ) -> int:
        """Place steps that go on at `after`; returns where they begin."""
        first = after
        previous: Op | None = None
        placed = [
            self._op(step, f"{prefix}{number}", channels, within) for number, step in enumerate(steps, 1)
        ]
        for op in placed:
            if previous is None:
                first = op.index
            else:
                previous.next = op.index
            previous = op
        if previous is not None:
            previous.next = after
        for op in placed:
            if op.step.returns:
                op.branches["return"] = RETURN
            after, inside = (op.index, (*within, op.id)) if op.step.loops else (op.next, within)
            for branch, inner in op.step.bodies():
                op.branches[branch] = self.body(inner, f"{op.id}.{branch}.", after, op.channels, inside)
        return first

    def _op(
        self, placed: PlacedStep, place: str, channels: frozenset[Channel], within: tuple[str, ...]
    ) -> Op:
        step = placed.step
        if step.only is not None:
            channels &= {step.only}
        name = str(step.id) if step.id else ""
        if name in self.named:
            message = f"Two steps are called `{name}`."
            self.findings.append(placed.at.finding("duplicate-id", message, "Rename one of them."))
        op = Op(
            step=step,
            id=name or place,
            at=placed.at,
            index=len(self.ops),
            channels=channels,
            within=within,
        )
        if name:
            self.named[name] = op
        self.ops.append(op)
        return op

    def resolve(self, elsewhere: Mapping[str, str]) -> None:
        """Turn the targets of jumps into indices. `elsewhere`: ids of the file's other flows -> flow."""
        for op in self.ops:
            for branch, target in op.step.jumps():
                position = self.target(target, target.at or op.at, elsewhere, op.within)
                if position is not None:
                    op.branches[branch] = position

    def known(self, name: str, at: Location, elsewhere: Mapping[str, str]) -> Op | None:
        """The step that an author calls so; a finding when there is none."""
        op = self.named.get(name)
        if op is not None:
            return op
        if name in elsewhere:
            message = f"`{name}` is a step of another flow, `{elsewhere[name]}`."
            remedy = "A jump stays inside its flow: `call` that flow, or let this one end."
        else:
            message = f"There is no step `{name[:40]}` in this flow."
            remedy = did_you_mean(name, self.named) if self.named else "Give the step an `id`."
        self.findings.append(at.finding("unknown-step", message, remedy))
        return None

    def target(
        self, name: str, at: Location, elsewhere: Mapping[str, str], within: tuple[str, ...] = ()
    ) -> int | None:
        """Where a step is, for a jump from `within` these loops; a finding when it cannot lead there."""
        op = self.known(name, at, elsewhere)
        if op is None:
            return None
        if op.within != within[: len(op.within)]:
            # Nobody would have counted the rounds.
            message = f"`{name}` is inside a `repeat`, and this is not."
            remedy = "Go to the `repeat` itself, or to a step behind it."
            self.findings.append(at.finding("jump-into-repeat", message, remedy))
        return op.index
