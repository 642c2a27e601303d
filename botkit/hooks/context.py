"""What a hook is given to act with."""

from __future__ import annotations

from typing import Protocol

from botkit.ports.connector import Connector


class Context(Protocol):
    """One event's door to the world.

    What is done through it is an effect of the event's turn: committed first, then carried out once.
    """

    @property
    def connector(self) -> Connector:
        """The platform itself. What is done here directly is at least once, not once."""
        ...

    async def say(self, text: str) -> None:
        """Answer where the event came from: in its thread, or in the direct conversation."""
        ...

    async def post(self, text: str, *, to: str, subject: str = "") -> None:
        """Post elsewhere; `to` is an e-mail address, a user id or a conversation id."""
        ...

    async def start(self, flow: str, text: str = "") -> None:
        """Start a flow with the person the event came from. Raises `LookupError` when there is none."""
        ...

    def stop(self) -> None:
        """Nobody after this handler is offered the event: no other hook, no session, no flow."""
        ...

    @property
    def stopped(self) -> bool: ...
