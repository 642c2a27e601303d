"""A sandbox on a free port, and ways to log on to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from botkit.circuit.backoff import Backoff
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.session import CircuitSession
from botkit.model.events import Event
from botkit.model.secret import Secret
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from botkit.sandbox.tenant import Tenant, TenantBot, TenantConversation, TenantName, TenantUser

Kind = TypeVar("Kind", bound=Event)

OFFER = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
ANSWER = "v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
CANDIDATE = ("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0)

AT_ONCE = Backoff(first=(0.0, 0.0), second=0.05, longest=0.2)


def tenant() -> Tenant:
    return Tenant(
        tenant=TenantName(name="Test"),
        users=[
            TenantUser(
                email="ann@example.com", password=Secret("ann-pw"), first_name="Ann", last_name="Archer"
            ),
            TenantUser(email="ben@example.com", password=Secret("ben-pw"), first_name="Ben"),
        ],
        bots=[
            TenantBot(
                client_id="desk",
                client_secret=Secret("desk-secret"),
                email="desk@example.com",
                first_name="Front",
                last_name="Desk",
            )
        ],
        conversations=[
            TenantConversation(
                topic="Team", members=["ann@example.com", "ben@example.com", "desk@example.com"]
            )
        ],
    )


class Told:
    """A sink that remembers, and can be waited on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Condition()

    async def __call__(self, event: Event) -> None:
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[Kind], number: int = 1) -> list[Kind]:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: len(self.all(kind)) >= number)
        return self.all(kind)

    async def first(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        def found() -> Kind | None:
            return next((event for event in self.all(kind) if where(event)), None)

        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event


class World:
    """The sandbox and who is logged on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._open: list[CircuitSession | CircuitConnector] = []

    @property
    def domain(self) -> str:
        return f"127.0.0.1:{self.sandbox.port}"

    def bot_session(self, *, secret: str = "desk-secret") -> CircuitSession:
        session = CircuitSession(
            self.domain,
            client_id="desk",
            client_secret=Secret(secret),
            trust=self.sandbox.certificate,
            backoff=AT_ONCE,
        )
        self._open.append(session)
        return session

    async def bot(self, since: datetime | None = None) -> tuple[CircuitConnector, Told]:
        told = Told()
        connector = CircuitConnector(self.bot_session())
        self._open.append(connector)
        await connector.start(told, since)
        return connector, told

    async def person(self, name: str) -> CircuitSession:
        session = CircuitSession(
            self.domain,
            client_id="page",
            username=f"{name}@example.com",
            password=Secret(f"{name}-pw"),
            trust=self.sandbox.certificate,
            backoff=AT_ONCE,
        )
        self._open.append(session)
        await session.logon()
        return session

    async def close(self) -> None:
        for each in reversed(self._open):
            await each.close()


@asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    """Its sandbox keeps its state there."""
    sandbox = Sandbox(tenant(), port=0, page_port=0, state=folder, clock=SystemClock())
    await sandbox.start()
    world = World(sandbox)
    yield world
    await world.close()
    await sandbox.close()
