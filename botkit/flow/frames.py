"""The stack of flows that a session is in: which step runs, whose slots it sees."""

from __future__ import annotations

from .events import FlowEvent
from .flowset import RETURN, Command, Flow, FlowSet, Op
from .state import State

deepest_stack = 16


class Frames:
    """Frames of flows that called one another, the innermost last; that one runs."""

    def __init__(self, flows: FlowSet, state: State) -> None:
        self.flows = flows
        self.stack = [list(frame) for frame in state.get("stack", ())]
        self.scopes = [dict(scope) for scope in state.get("scopes", ())]
        loops = state.get("loops")
        self.loops = [dict(frame) for frame in loops] if loops else [{} for _ in self.stack]
        """For each frame of the stack: id of each `repeat` under way -> rounds begun."""
        self.flow: Flow
        self.op: Op
        self.slots: dict[str, object] = {}
        self.next = RETURN
        if self.stack:
            self.settle()

    def settle(self) -> None:
        """Make the innermost frame the one that runs."""
        name, step_id, scope = self.stack[-1]
        self.flow = self.flows.flows[str(name)]
        self.slots = self.scopes[int(scope)]
        if step_id:
            self.at(self.flow.by_id[str(step_id)])

    def at(self, op: Op) -> None:
        """The step that runs. Outside of a loop nothing is known of its rounds."""
        self.op = op
        self.next = op.next
        rounds = self.loops[-1]
        if rounds:
            self.loops[-1] = {name: n for name, n in rounds.items() if name in op.within or name == op.id}

    def branch(self, name: str) -> int:
        """Where a branch begins; the next step when there is no such branch."""
        return self.op.branches.get(name, self.op.next)

    def push(self, flow: Flow, *, own_scope: bool) -> int:
        """Enter a flow; returns its first position."""
        if len(self.stack) >= deepest_stack:
            raise FlowEvent("error.limit", f"flows call one another more than {deepest_stack} deep")
        if own_scope:
            self.scopes.append({})
        self.stack.append([flow.name, "", len(self.scopes) - 1])
        self.loops.append({})
        self.flow = flow
        self.slots = self.scopes[-1]
        return flow.first

    def pop(self) -> None:
        """Leave the innermost flow, with its slots if they were its own."""
        frame = self.stack.pop()
        self.loops.pop()
        if self.stack:  # the values of the session's own flow stay: they are its outputs
            if self.stack[-1][2] != frame[2]:
                self.scopes.pop()
            self.settle()

    def named(self, name: str) -> Flow | None:
        """The flow that a step names: an inner one of its file, else another file's."""
        return self.flows.flows.get(f"{self.flow.root}/{name}") or self.flows.flows.get(name)

    def commands(self) -> list[tuple[Command, int]]:
        """The globals valid now, with the depth of their flow, the innermost first."""
        found: list[tuple[Command, int]] = []
        for depth in range(len(self.stack) - 1, -1, -1):
            flow = self.flows.flows[str(self.stack[depth][0])]
            found += [(command, depth) for command in flow.commands]
        return found
