"""What the HTTP client tells of servers that speak no HTTP: its own words, for theirs may quote a secret."""

from __future__ import annotations

import asyncio

import pytest

from botkit.ports.http import HttpFailed, HttpRequest
from botkit.web.client import AiohttpClient


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"hush hush\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhush\r\n", "is no HTTP"),
        (b"HTTP/1.1 302 OK\r\nLocation: /x\rhush: 1\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"hush" * 5000, "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX-Hush: hush\r\n", "hung up without an answer"),
        (b"", "hung up without an answer"),
    ],
)
async def test_what_is_no_http_is_told_without_a_word_of_it(said: bytes, told: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/x?word=hush"
    request = HttpRequest(method="GET", url=url, headers={}, body=b"", timeout=30.0)
    async with listener:
        client = AiohttpClient(["127.0.0.1"])
        try:
            with pytest.raises(HttpFailed, match=told) as failed:
                await client.send(request)
        finally:
            await client.close()
    assert "hush" not in repr(failed.value).lower()


async def test_a_server_that_never_answers_keeps_no_other_waiting() -> None:
    over = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
        writer.close()

    client = AiohttpClient(["127.0.0.1"])
    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (hang, answer)]
    never, other = (
        HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/", headers={}, body=b"", timeout=30.0)
        for port in (server.sockets[0].getsockname()[1] for server in servers)
    )
    hanging = [asyncio.create_task(client.send(never)) for _ in range(150)]
    try:
        async with asyncio.timeout(20):
            assert (await client.send(other)).body == b"here"
    finally:
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        over.set()
        await client.close()
        for server in servers:
            server.close()
            await server.wait_closed()
