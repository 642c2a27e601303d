from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.circuit.scripted import ScriptedServer
from tests.circuit.world import World, world_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world:
        yield world


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(tmp_path)
    await server.start()
    yield server
    await server.close()
