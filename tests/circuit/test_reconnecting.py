"""What waits while a session reconnects, and what it tells of its token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from botkit.circuit import errors
from botkit.circuit.events import StateChanged
from botkit.circuit.session import CircuitSession
from botkit.model.events import ConnectionState
from tests.circuit.scripted import ManualClock, ScriptedServer, ok


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(tmp_path)
    server.answers["GET_USER_BY_ID"] = ok({"getById": {"user": {"userId": "U1", "displayName": "Ann"}}})
    await server.start()
    yield server
    await server.close()


async def lost(session: CircuitSession, server: ScriptedServer) -> None:
    """The server can be reached no more."""
    server.upgrade_status = 503
    async with session.events() as events, asyncio.timeout(30):
        await server.hang_up()
        while not isinstance(await events.get(), StateChanged):
            pass


async def test_a_request_waits_for_the_reconnect(server: ScriptedServer) -> None:
    session = server.session()
    await session.logon()
    await lost(session, server)
    asking = asyncio.create_task(session.users.get("U1"))
    async with session.events() as events, asyncio.timeout(30):
        await events.get()  # one more try has failed
    assert not asking.done()
    server.upgrade_status = 101
    async with asyncio.timeout(30):
        assert (await asking).display_name == "Ann"
    await session.close()


async def test_a_request_waits_no_longer_than_for_an_answer_and_not_for_a_closed_session(
    server: ScriptedServer,
) -> None:
    session = server.session(request_seconds=0.1)
    await session.logon()
    await lost(session, server)
    with pytest.raises(errors.Disconnected):
        await session.users.get("U1")
    await session.close()
    session = server.session(request_seconds=60)
    server.upgrade_status = 101
    await session.logon()
    await lost(session, server)
    asking = asyncio.create_task(session.users.get("U1"))
    await asyncio.sleep(0)
    await session.close()
    async with asyncio.timeout(30):
        with pytest.raises(errors.Disconnected):
            await asking


async def test_a_page_of_long_messages_does_not_end_the_connection(server: ScriptedServer) -> None:
    """A connection that ends with the answer would be made anew for ever: the page is asked for each time."""
    said = "x" * 3_000_000
    server.answers["GET_USER_BY_ID"] = ok({"getById": {"user": {"userId": "U1", "displayName": said}}})
    session = server.session()
    await session.logon()
    assert (await session.users.get("U1")).display_name == said
    assert session.state is ConnectionState.READY
    await session.close()


async def test_a_token_that_is_not_renewed_is_told_of_while_the_line_stands(server: ScriptedServer) -> None:
    clock = ManualClock()
    session = server.session(clock=clock)
    await session.logon()
    given, server.token = server.token, lambda: web.json_response({"error": "no"}, status=401)
    server.answers_pings = True
    async with session.events() as events, asyncio.timeout(30):
        await clock.asleep(2)
        clock.move(3600 - 60)
        told = await events.get()
        assert isinstance(told, StateChanged)
        assert (told.state, told.is_new) == (ConnectionState.READY, False)
        assert "good for 60 s more" in told.detail
        server.token = given
        await clock.asleep(2)
        clock.move(5)
        told = await events.get()
        assert isinstance(told, StateChanged)
        assert told.detail == "The access token is renewed."
    assert server.logons == 1
    await session.close()


async def test_a_token_that_is_renewed_is_nothing_to_tell_of(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock, fetched = ManualClock(), asyncio.Event()
    session = server.session(clock=clock)
    await session.logon()
    given = server.token

    def give() -> web.Response:
        fetched.set()
        return given()

    server.token = give
    async with session.events() as events, asyncio.timeout(30):
        for _ in range(2):
            fetched.clear()
            await clock.asleep(2)
            clock.move(3600 - 60)
            await fetched.wait()
        await clock.asleep(2)
        assert events.empty()
    assert not caplog.records
    await session.close()
