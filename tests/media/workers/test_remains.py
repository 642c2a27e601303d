"""A leg that is over is freed without a collection of garbage."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from botkit.media.workers import remains as worker_remains
from botkit.media.workers.remains import PIECES, take_apart

Dial = Callable[..., Awaitable[Any]]


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
async def test_nothing_is_left_of_it(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await dial()
    found: dict[int, object] = {}
    worker_remains._find(call.leg, found)
    kinds = {type(piece) for piece in found.values()}
    pieces = [weakref.ref(piece) for piece in found.values() if "__weakref__" in dir(piece)]
    assert len(pieces) == len(found) > 10
    found.clear()
    await call.leg.close()
    await asyncio.sleep(0.05)  # aioice and the event loop let go
    take_apart(call.leg)
    del call.leg
    await asyncio.sleep(0)
    assert {type(piece()) for piece in pieces if piece() is not None} == set()
    assert len(kinds) >= len(PIECES) - 3, "one of two paths, and one of two kinds of playout"
