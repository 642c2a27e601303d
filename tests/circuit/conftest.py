from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from tests.circuit.world import World, tenant


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    sandbox = Sandbox(tenant(), port=0, page_port=0, state=tmp_path, clock=SystemClock())
    await sandbox.start()
    world = World(sandbox)
    yield world
    await world.close()
    await sandbox.close()
