"""What an area needs of its session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from botkit.circuit.actions import Action
from botkit.circuit.errors import MalformedAnswer
from botkit.circuit.events import CircuitEvent
from botkit.circuit.transport import HttpRequest
from botkit.circuit.wire import Json, WireError
from botkit.model.users import User
from botkit.ports.clock import Clock

Result = TypeVar("Result")


class Asking(Protocol):
    """A `CircuitSession`, as its areas see it."""

    client_id: str
    active_calls: Mapping[str, str]

    @property
    def me(self) -> User: ...

    @property
    def clock(self) -> Clock: ...

    async def request(self, action: Action, data: Mapping[str, object] | None = None) -> Json: ...

    async def fetch(self, request: HttpRequest) -> bytes: ...

    async def stand(self, action: Action, data: Mapping[str, object], *key: str) -> None: ...

    def cease(self, *key: str) -> None: ...

    def listen(self, listener: Callable[[CircuitEvent], None]) -> Callable[[], None]: ...


async def ask(
    asking: Asking, action: Action, data: Mapping[str, object], shape: Callable[[Json], Result]
) -> Result:
    """Request, and read the result. An answer that cannot be read is a `MalformedAnswer`."""
    result = await asking.request(action, data)
    try:
        return shape(result)
    except WireError as error:
        raise MalformedAnswer(f"The answer to {action.name} cannot be read: {error}.") from None
