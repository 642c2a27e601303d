"""A bot's world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.testing import VirtualClock
from tests.runtime.house import House


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    yield world
    await world.close()
