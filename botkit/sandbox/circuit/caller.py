"""Who asks, and what an answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from botkit.circuit.actions import Action
from botkit.circuit.wire import Code, Json
from botkit.sandbox.hub.hub import Hub
from botkit.sandbox.hub.machine import Command, Delivery
from botkit.sandbox.hub.state import State

from .call_shapes import CallShapes
from .fields import Fields
from .oauth import Credential, Grants
from .shapes import Shapes

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """A result under another code than OK, or with more beside it."""

    result: Json
    code: Code = Code.OK


@dataclass(slots=True, kw_only=True)
class Caller:
    """One request's view of the world: who asks, from where, at what time."""

    hub: Hub
    shapes: Shapes
    call_shapes: CallShapes
    grants: Grants
    credential: Credential
    """What this socket was let in with."""
    device_id: str
    user_id: str
    now: datetime
    tenant_id: str
    tenant_name: str
    deliveries: list[Delivery] = field(default_factory=list)
    """What the request made happen, for the sockets."""
    close: bool = False
    """The client is to be let go after the answer."""

    @property
    def state(self) -> State:
        """For reading."""
        return self.hub.state

    def do(self, command: Command[Result]) -> Result:
        """Change the hub. Raises `Refused`."""
        outcome = self.hub.do(command, self.now)
        self.deliveries.extend(outcome.deliveries)
        return outcome.result


Handler = Callable[[Caller, Fields], Json | Answer | None]
"""Gives the object for the action's result key; None where the code is the whole answer."""
Handlers = Mapping[Action, Handler]
