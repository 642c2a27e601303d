"""One end of the socket between the bot and a media process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from .wire import BrokenWire, Command, Frames, Report, pack

log = logging.getLogger(__name__)

Message = TypeVar("Message")


class Channel(asyncio.Protocol, Generic[Message]):
    """Gives each message that comes to `take`, in order and as soon as it is there."""

    def __init__(
        self, read: Callable[[bytes], Message], take: Callable[[Message], None], lost: Callable[[], None]
    ) -> None:
        """`read` decodes one message; `lost` is called once, when the other end is gone or not understood."""
        self._read = read
        self._take = take
        self._lost = lost
        self._frames = Frames()
        self._transport: asyncio.WriteTransport | None = None
        self._posted: list[bytes] = []

    @property
    def behind(self) -> int:
        """Bytes that the other end has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio tells."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """asyncio tells."""
        try:
            for body in self._frames.feed(data):
                self._take(self._read(body))
        except BrokenWire as fault:
            log.error("the other end is not understood: %s", fault)
            self.close()

    def connection_lost(self, fault: Exception | None) -> None:
        """asyncio tells."""
        self._transport = None
        self._lost()

    def send(self, message: Command | Report) -> None:
        """Now. Where nobody is left to read it, it is dropped. Raises `ValueError` when it is too long."""
        packed = pack(message)
        if self._transport is not None:
            self._transport.write(packed)

    def post(self, message: Command | Report) -> None:
        """With what else is posted in this round of the event loop, in one write."""
        if not self._posted:
            asyncio.get_running_loop().call_soon(self._flush)
        self._posted.append(pack(message))

    def close(self) -> None:
        """Write what is left, then end it."""
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        posted, self._posted = self._posted, []
        if self._transport is not None:
            self._transport.write(b"".join(posted))
