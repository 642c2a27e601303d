"""The implementations that the contract suites run against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.ports.store import Store
from botkit.store import open_store
from tests.contract.circuit_rig import circuit_rig
from tests.contract.connector_rig import Rig, fake_rig
from tests.contract.store_rows import Reopen
from tests.postgres import Server


@pytest.fixture(params=["sqlite-file", "sqlite-memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Of each kind of store in turn, for one that is empty."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        return server.new_schema()
    return "sqlite:///state/bot.db" if request.param == "sqlite-file" else "sqlite:///:memory:"


@pytest.fixture
async def store(store_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """Open and empty."""
    store = open_store(store_url, tmp_path)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def reopen(store_url: str, tmp_path: Path) -> AsyncIterator[Reopen]:
    """Close the store, and open what it left as the next process does; skipped where it leaves nothing."""
    opened: list[Store] = []

    async def reopen(store: Store) -> Store:
        if "memory" in store_url:
            pytest.skip("a store in memory leaves nothing")
        await store.close()
        following = open_store(store_url, tmp_path)
        await following.open()
        opened.append(following)
        return following

    yield reopen
    for store in opened:
        await store.close()


@pytest.fixture(params=["fake", "circuit"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each connector in turn, started on a platform with one person."""
    async with circuit_rig(tmp_path) if request.param == "circuit" else fake_rig() as rig:
        yield rig
