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
PATIENCE = 30.0
"""Seconds for whoever else works in the loop."""
ROUNDS = 10
"""Of the loop, until it has let go."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def all_else_done() -> None:
    """Return when no other task is left in the loop: those of aioice hold on to what they work for."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=PATIENCE)


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
    await call.caller.hangup()
    await all_else_done()
    take_apart(call.leg)
    del call.leg

    def left() -> set[type]:
        return {type(piece()) for piece in pieces if piece() is not None}

    for _ in range(ROUNDS):
        if not left():
            break
        await asyncio.sleep(0)
    assert left() == set()
    assert len(kinds) >= len(PIECES) - 3, "one of two paths, and one of two kinds of playout"
