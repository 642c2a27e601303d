"""One connection to the server: requests out, their answers and events in, and a watch on its life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botkit.ports.clock import Clock

from . import wire
from .actions import Action
from .correlation import Outstanding
from .errors import CircuitError, Disconnected, MalformedAnswer, RequestTimedOut, ServerTrouble, refusal
from .throttle import Throttle
from .transport import Socket

log = logging.getLogger(__name__)

REQUEST_SECONDS = 60.0
LONGEST_QUEUE_SECONDS = 20.0
"""Longest wait for a slot under the throttle: 200 requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """When a line counts as dead that nobody has closed: `every` + `answer` seconds, and up to 5 s more until
    its socket is given up."""

    every: float = 60.0
    """Seconds between two pings."""
    answer: float = 10.0
    """Seconds that the server has to answer one."""


class Link:
    """An open socket at work, from its construction until `close` or until it breaks."""

    def __init__(
        self,
        socket: Socket,
        receive: Callable[[wire.Event], None],
        clock: Clock,
        domain: str,
        request_seconds: float = REQUEST_SECONDS,
        keepalive: Keepalive | None = None,
    ) -> None:
        """`receive` is called with each event, in order, on the event loop."""
        self._socket = socket
        self._receive = receive
        self._clock = clock
        self._domain = domain
        self._request_seconds = request_seconds
        self._keepalive = keepalive or Keepalive()
        self._outstanding = Outstanding()
        self._throttle = Throttle()
        self._reading = asyncio.create_task(self._read())
        self._pinging = asyncio.create_task(self._ping())

    async def request(self, action: Action, data: Mapping[str, object] | None = None) -> wire.Json:
        """The content under the action's result key; empty for a mere acknowledgement.

        Raises the `CircuitError` of the server's code.
        """
        response = await self.ask(action, data)
        what = f"{action.category}/{action.name}"
        if response.code not in wire.SUCCESS:
            raise refusal(response, what)
        if not action.result:
            return {}
        result = response.payload.get(action.result)
        if not isinstance(result, Mapping):
            raise MalformedAnswer(f"The answer to {what} lacks `{action.result}`.", where=self._domain)
        return result

    async def ask(self, action: Action, data: Mapping[str, object] | None = None) -> wire.Response:
        """The server's answer, whatever its code. Raises `Disconnected`, `RequestTimedOut`."""
        pause = self._throttle.reserve(self._clock.monotonic())
        if pause > LONGEST_QUEUE_SECONDS:
            raise ServerTrouble("Too many requests are waiting already.", where=self._domain)
        if pause > 0:
            await self._clock.sleep(pause)
        request_id, answer = self._outstanding.open()
        request = wire.Request(
            request_id=request_id,
            category=action.category,
            action=action.name,
            payload={action.key: data or {}} if action.key else {},
        )
        try:
            async with asyncio.timeout(self._request_seconds):
                await self._socket.send(request)
                return await answer
        except TimeoutError:
            raise RequestTimedOut(
                f"The server did not answer {action.name} within {self._request_seconds:g} s.",
                where=self._domain,
            ) from None
        finally:
            answer.cancel()

    async def over(self) -> str:
        """Return when the connection is gone: how it ended, for people."""
        await asyncio.wait({self._reading})
        if not self._reading.cancelled() and (fault := self._reading.exception()):
            log.error("%s: the reader failed", self._domain, exc_info=fault)
        return self._socket.closing

    async def close(self) -> None:
        """Close the socket; requests still waiting fail with `Disconnected`."""
        for task in (self._pinging, self._reading):
            task.cancel()
        await asyncio.gather(self._pinging, self._reading, return_exceptions=True)
        await self._socket.close()

    async def _read(self) -> None:
        try:
            async for text in self._socket.texts():
                try:
                    self._take(wire.decode(text))
                except wire.WireError as error:
                    log.warning("%s: a frame was left out: %s", self._domain, error)
        finally:
            self._outstanding.end(
                Disconnected("The connection went down before the server answered.", where=self._domain)
            )

    def _take(self, frame: wire.Response | wire.Event | wire.Ping) -> None:
        match frame:
            case wire.Response():
                if not self._outstanding.settle(frame):
                    log.debug("%s: a late answer to request %d", self._domain, frame.request_id)
            case wire.Event():
                self._receive(frame)
            case wire.Ping():
                pass

    async def _ping(self) -> None:
        """Find out when the server is silent, which TCP alone may tell only after many minutes."""
        while True:
            await self._clock.sleep(self._keepalive.every)
            request_id, answer = self._outstanding.open()
            try:
                async with asyncio.timeout(self._keepalive.answer):
                    await self._socket.send(wire.Ping(request_id=request_id))
                    await answer
            except (TimeoutError, CircuitError):
                log.warning("%s: no answer to a ping", self._domain)
                await self._socket.abandon()
                return
            finally:
                answer.cancel()
