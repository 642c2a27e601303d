from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from botkit.sandbox import Sandbox, Tenant
from botkit.testing.clock import VirtualClock
from tests.sandbox.desk import Desk
from tests.sandbox.wire_client import Platform, small_tenant

Start = Callable[..., Awaitable[Sandbox]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def start(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Start]:
    """`await start(tenant, **options)` gives a running sandbox; all are closed in the end."""
    running: list[Sandbox] = []

    async def start_one(tenant: Tenant | None = None, **options: object) -> Sandbox:
        settings: dict[str, object] = {"port": 0, "page_port": 0, "state": tmp_path, "clock": clock}
        sandbox = Sandbox(tenant or small_tenant(), **{**settings, **options})  # type: ignore[arg-type]
        await sandbox.start()
        running.append(sandbox)
        return sandbox

    yield start_one
    for sandbox in running:
        await sandbox.close()


@pytest.fixture
async def platform(start: Start) -> AsyncIterator[Platform]:
    """A running sandbox, and clients of it."""
    async with Platform(await start()) as platform:
        yield platform
