"""A bot's world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from botkit.ports.connector import EventSink
from botkit.testing import FakeConnector, VirtualClock
from tests.runtime.house import House


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    yield world
    await world.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[datetime | None]:
    """From when on each start of the connector was to tell."""
    found: list[datetime | None] = []
    start = FakeConnector.start

    async def noting(connector: FakeConnector, sink: EventSink, since: datetime | None = None) -> None:
        found.append(since)
        await start(connector, sink, since)

    monkeypatch.setattr(FakeConnector, "start", noting)
    return found
