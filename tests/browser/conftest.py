"""The page's tests: a sandbox of one's own, a bot in it, and a browser."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant

# The tests are no package, so what they share is found by path alone.
sys.path.append(str(Path(__file__).parent))

from chromium import MICROPHONE, Chromium, chromium
from page_people import CLIENT_ID, SECRET, BotSide


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A demo tenant on free ports."""
    tenant = Tenant.demo(client_id=CLIENT_ID, client_secret=SECRET)
    made = Sandbox(tenant, port=0, page_port=0, state=tmp_path, clock=SystemClock())
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[BotSide]:
    """A logged-on bot."""
    made = BotSide(sandbox)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    """With a microphone that may be used."""
    async with chromium(*MICROPHONE) as made:
        yield made


@pytest.fixture
async def deaf_browser() -> AsyncIterator[Chromium]:
    """Without a microphone: asking for one is refused."""
    async with chromium() as made:
        yield made
