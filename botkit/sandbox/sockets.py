"""Open websockets: each is a device of the hub. Texts in, answers and events out, in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from aiohttp import WSCloseCode, WSMsgType, web

from botkit.circuit.wire import MAX_FRAME_BYTES, Code
from botkit.ports.clock import Clock

from .allowance import Allowance, Verdict, rate
from .circuit.dialect import Dialect
from .circuit.oauth import Credential
from .hub.hub import Disconnect, Hub, Pass
from .hub.machine import Command, Delivery
from .hub.presence import Connect

log = logging.getLogger(__name__)
Result = TypeVar("Result")

waiting_limit = 16 * MAX_FRAME_BYTES
"""Characters that wait for a slow client before it is dropped."""
waiting_pause = MAX_FRAME_BYTES
"""Characters that wait before its further requests do."""
frame_limit = 4 * MAX_FRAME_BYTES
"""Bytes of a text that is read and told to be too long; a longer one ends the connection."""
heartbeat = 30.0
"""Seconds between pings of the websocket itself; a client gone without a word is noticed by them."""
close_patience = 2.0
"""Seconds that a client gets to answer a close."""


class _Socket:
    """One client's connection."""

    def __init__(self, request: web.Request, credential: Credential) -> None:
        self.credential = credential
        self.websocket = web.WebSocketResponse(
            timeout=close_patience, heartbeat=heartbeat, max_msg_size=frame_limit
        )
        self._request = request
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()
        self._dropped = False

    def send(self, text: str) -> None:
        """Queue a text. Too slow a client is dropped; to one that is, nothing more is said."""
        if self._dropped:
            return
        self._texts.put_nowait(text)
        self._waiting += len(text)
        if self._waiting > waiting_pause:
            self._room.clear()
        if self._waiting > waiting_limit:
            log.warning("a client that does not read is dropped")
            self.drop()

    def finish(self) -> None:
        """Close when all that is queued has been sent."""
        self._texts.put_nowait(None)

    async def room(self) -> None:
        """Wait until the client has read most of what it was sent."""
        await self._room.wait()

    async def write(self) -> None:
        """Send what is queued, until it is finished or the connection is gone."""
        with contextlib.suppress(ConnectionError):
            while (text := await self._texts.get()) is not None:
                await self.websocket.send_str(text)
                self._waiting -= len(text)
                if self._waiting <= waiting_pause:
                    self._room.set()
        self._room.set()
        await self.websocket.close()

    def drop(self) -> None:
        """Cut the line, as a broken network would."""
        self._dropped = True
        self._room.set()
        if self._request.transport is not None:
            self._request.transport.abort()


class Sockets:
    """All of them. Every change of the hub goes through here, so that everybody hears of it in order."""

    def __init__(self, hub: Hub, dialect: Dialect, clock: Clock) -> None:
        self._hub = hub
        self._dialect = dialect
        self._clock = clock
        self._open: dict[str, _Socket] = {}
        self._changed = asyncio.Event()

    def do(self, command: Command[Result]) -> Result:
        """Change the hub and tell the devices. Raises `Refused`."""
        outcome = self._hub.do(command, self._clock.now())
        self._deliver(outcome.deliveries)
        return outcome.result

    async def serve(self, request: web.Request, credential: Credential, software: str) -> web.StreamResponse:
        """Run one websocket to its end. Raises `Refused` before the upgrade when there is no room."""
        socket = _Socket(request, credential)
        device_id = str(uuid.uuid4())
        self.do(Connect(device_id=device_id, user_id=credential.user_id, software=software))
        self._open[device_id] = socket
        writer: asyncio.Task[None] | None = None
        try:
            await socket.websocket.prepare(request)
            writer = asyncio.create_task(socket.write())
            await self._read(socket, device_id)
        finally:
            del self._open[device_id]
            self.do(Disconnect(device_id=device_id))
            if writer is not None:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        return socket.websocket

    async def watch_deadlines(self) -> None:
        """Let time pass in the hub, for ever."""
        while True:
            self._changed.clear()
            deadline = self._hub.next_deadline
            waits: list[asyncio.Task[object]] = [asyncio.create_task(self._changed.wait())]
            if deadline is not None:
                waits.append(asyncio.create_task(_until(self._clock, deadline)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
            if deadline is not None and self._clock.now() >= deadline:
                self.do(Pass())

    def drop(self, user_id: str) -> int:
        """Cut all lines of a person; how many there were."""
        dropped = [socket for socket in self._open.values() if socket.credential.user_id == user_id]
        for socket in dropped:
            socket.drop()
        return len(dropped)

    async def close(self) -> None:
        """Close all, politely."""
        closing = [
            socket.websocket.close(code=WSCloseCode.GOING_AWAY, message=b"the sandbox stops")
            for socket in list(self._open.values())
            if socket.websocket.prepared
        ]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _read(self, socket: _Socket, device_id: str) -> None:
        allowance = Allowance(self._clock.monotonic())
        async for message in socket.websocket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                log.warning("a client's connection is ended: %s", message.data)
                break
            await socket.room()
            match allowance.ask(self._clock.monotonic()):
                case Verdict.SERVE:
                    self._answer(socket, device_id, message.data)
                case Verdict.REFUSE:
                    why = f"more than {rate:.0f} requests a second"
                    socket.send(self._dialect.refuse(message.data, device_id, Code.OVERLOADED, why))
                case Verdict.LET_GO:
                    reason = b"too many requests"
                    await socket.websocket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason)
                    break

    def _answer(self, socket: _Socket, device_id: str, text: str | bytes) -> None:
        reply = self._dialect.answer(text, device_id, socket.credential, self._clock.now())
        socket.send(reply.text)
        self._deliver(reply.deliveries)
        if reply.close:
            socket.finish()

    def _deliver(self, deliveries: Iterable[Delivery]) -> None:
        self._changed.set()
        for delivery in deliveries:
            for device_id in delivery.devices:
                # A device that is just going off line is told nothing more.
                if socket := self._open.get(device_id):
                    socket.send(self._dialect.event(delivery.event, device_id))


async def _until(clock: Clock, moment: datetime) -> None:
    await clock.sleep_until(moment)
