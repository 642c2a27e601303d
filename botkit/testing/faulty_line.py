"""A TCP line that fails as networks do: put between a client and a server in a test.

async with FaultyLine("127.0.0.1", sandbox.port) as line:
    session = CircuitSession(f"127.0.0.1:{line.port}", ...)
    line.stall()        # both ends believe in it, and nothing passes
    line.cut()          # all connections are reset
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

CHUNK = 64 * 1024
"""Bytes read at once."""
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends a reset instead of a polite end."""


class FaultyLine:
    """Listens on a free port of 127.0.0.1 and passes all bytes on, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        """Where the server is."""
        self._server_at = host, port
        self._listener: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._refuses = False
        self._delay = 0.0
        self.port = 0
        """Where clients connect to."""
        self.carried = 0
        """Bytes that passed, both ways."""
        self.opened = 0
        """Connections that were made."""

    async def __aenter__(self) -> FaultyLine:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._listener is not None
        self._listener.close()
        self.cut()
        while self._connections:
            await asyncio.wait([each.work for each in self._connections])
        await self._listener.wait_closed()

    def cut(self) -> int:
        """Reset all connections, in the middle of whatever they carry. How many there were."""
        for connection in list(self._connections):
            connection.reset()
        return len(self._connections)

    def cut_after(self, size: int) -> None:
        """Reset each connection once it has passed so many more bytes: mostly in the middle of a frame."""
        for connection in self._connections:
            connection.left = size

    def stall(self) -> None:
        """Pass nothing on, and close nothing: a half-open line. New connections open, and stall too."""
        self._flows.clear()

    def flow(self) -> None:
        """The other way round. What was sent meanwhile arrives late, as with TCP."""
        self._flows.set()

    def refuse(self) -> None:
        """Reset every new connection at once."""
        self._refuses = True

    def accept(self) -> None:
        """The other way round."""
        self._refuses = False

    def delay(self, seconds: float) -> None:
        """Each chunk that arrives from now on waits so long; 0 = none does."""
        self._delay = seconds

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _reset(writer)
            return
        self.opened += 1
        try:
            server = await asyncio.open_connection(*self._server_at)
        except OSError:
            _reset(writer)
            return
        connection = _Connection(self, (reader, writer), server)
        self._connections.add(connection)
        connection.work.add_done_callback(lambda _: self._connections.discard(connection))

    async def carry(self, size: int) -> None:
        """A chunk of this size is about to pass; returns when it may."""
        if self._delay:
            await asyncio.sleep(self._delay)
        await self._flows.wait()
        self.carried += size


_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One client's, and the one to the server that it became."""

    def __init__(self, line: FaultyLine, client: _Stream, server: _Stream) -> None:
        self._line = line
        self._writers = client[1], server[1]
        self.left: int | None = None
        """Bytes that still pass before it is reset; None = all do."""
        self.work = asyncio.create_task(self._run(client, server))

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)
        self.work.cancel()

    async def _run(self, client: _Stream, server: _Stream) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pump(client[0], server[1]))
            both.create_task(self._pump(server[0], client[1]))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await self._line.carry(len(data))
                if reader.exception() is not None:
                    self.reset()  # who sent it has given it up
                    return
                if self.left is not None:
                    data, self.left = data[: self.left], self.left - len(data)
                writer.write(data)
                await writer.drain()
                if self.left is not None and self.left <= 0:
                    self.reset()
                    return
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None and not writer.is_closing():
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
