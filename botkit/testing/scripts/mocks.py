"""What stands in for the world outside: handlers that a script mocks, and a count of those that run."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botkit.model.secret import Secret
from botkit.ports.clock import Clock
from botkit.ports.receivers import Receiver
from botkit.testing.http import Reply as HttpReply


class MockRaised(Exception):
    """What a mocked handler raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one call of a mocked handler comes to."""

    returns: object = None
    raises: str = ""
    """The error's text; empty = it returns."""
    takes: float = 0.0
    """Seconds, on the clock of the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMock:
    """What a server answers."""

    on: str
    """`METHOD URL`, in which `*` stands for anything."""
    replies: Sequence[HttpReply]
    """One per request, the last one for all that follow."""


def receiver_of(name: str) -> Receiver:
    """Who gets the webhooks that are sent to a receiver of bot.yaml, in its place."""
    return Receiver(url=f"https://{name}.receiver.invalid/", secrets=(_webhook_secret,))


_webhook_secret = Secret("whsec_" + "A" * 32)


@dataclass(slots=True)
class MockHandler:
    """Stands in for a step handler: one reply per call, the last one for all that follow."""

    replies: Sequence[Reply]
    clock: Clock
    calls: list[dict[str, object]] = field(default_factory=list)
    """The arguments of each call."""

    async def __call__(self, **arguments: object) -> object:
        reply = self.replies[min(len(self.calls), len(self.replies) - 1)]
        self.calls.append(arguments)
        if reply.takes:
            await self.clock.sleep(reply.takes)
        if reply.raises:
            raise MockRaised(reply.raises)
        return reply.returns


class CountedHandlers:
    """Step handlers that tell whether one is at work, so that a clock which stands still waits for it."""

    def __init__(self) -> None:
        self.busy = 0

    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        """`function`, counted. One that is not async runs in a thread, as it would in a bot."""

        @functools.wraps(function)
        async def call(**arguments: object) -> object:
            self.busy += 1
            try:
                if inspect.iscoroutinefunction(function):
                    return await function(**arguments)
                answer = await asyncio.to_thread(lambda: function(**arguments))
                return await answer if inspect.isawaitable(answer) else answer
            finally:
                self.busy -= 1

        return call
