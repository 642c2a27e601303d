"""The implementations that the contract suites run against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.ports.store import Store
from botkit.store import open_store
from tests.contract.circuit_rig import circuit_rig
from tests.contract.connector_rig import Rig, fake_rig


@pytest.fixture(params=["sqlite-file", "sqlite-memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each store in turn, open and empty."""
    urls = {"sqlite-file": "sqlite:///state/bot.db", "sqlite-memory": "sqlite:///:memory:"}
    store = open_store(urls[request.param], tmp_path)
    await store.open()
    yield store
    await store.close()


@pytest.fixture(params=["fake", "circuit"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each connector in turn, started on a platform with one person."""
    async with circuit_rig(tmp_path) if request.param == "circuit" else fake_rig() as rig:
        yield rig
