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

    async def send_webhook(self, receiver: str, data: object, *, kind: str = "event") -> None:
        """Tell a receiver of bot.yaml what has happened: `kind` is the webhook's `type`, `data` its JSON, 20
        kB at most. It is signed, and tried for days if need be. Raises `LookupError` when there is no such
        receiver, `ValueError` for what JSON cannot say."""
        ...

    async def start(self, flow: str, text: str = "") -> None:
        """Start a flow with the person the event came from. Raises `LookupError` when there is none."""
        ...

    def stop(self) -> None:
        """Nobody after this handler is offered the event: no other hook, no session, no flow."""
        ...

    @property
    def stopped(self) -> bool: ...
