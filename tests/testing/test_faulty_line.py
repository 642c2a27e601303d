"""The line that fails when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from botkit.testing.faulty_line import FaultyLine


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(100):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


@pytest.fixture
async def line() -> AsyncIterator[FaultyLine]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with FaultyLine("127.0.0.1", server.sockets[0].getsockname()[1]) as line:
        yield line
    server.close()


async def test_all_bytes_pass_both_ways(line: FaultyLine) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    assert (line.opened, line.carried) == (1, 10)
    writer.close()


async def test_a_cut_line_is_reset(line: FaultyLine) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"hello")
    await reader.readexactly(5)
    assert line.cut() == 1
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_a_line_breaks_after_so_many_bytes(line: FaultyLine) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"hello")
    await reader.readexactly(5)
    line.cut_after(3)
    writer.write(b"again")
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(5)


async def test_nothing_passes_a_line_that_stalls_and_then_all_of_it(line: FaultyLine) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    line.stall()
    writer.write(b"hello")
    reading = asyncio.create_task(reader.readexactly(5))
    other = await asyncio.open_connection("127.0.0.1", line.port)
    other[1].close()
    assert not reading.done()
    assert line.carried == 0
    line.flow()
    assert await reading == b"hello"
    writer.close()


async def test_a_line_that_refuses_resets_who_comes(line: FaultyLine) -> None:
    line.refuse()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    line.accept()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    writer.close()
