"""A database in memory, which no thread writes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from botkit.ports.store import Commit, StoreError
from botkit.store import SqliteStore
from tests.contract.store_rows import inbox_row, session_row


async def test_it_needs_no_thread_and_is_at_rest_a_round_later() -> None:
    before = threading.active_count()
    store = SqliteStore(":memory:")
    await store.open()
    writing = asyncio.create_task(store.commit(Commit(session=session_row("a", 1))))
    await asyncio.sleep(0)
    assert store.busy
    await asyncio.sleep(0)
    assert not store.busy
    await writing
    assert threading.active_count() == before
    await store.close()


async def test_what_was_asked_for_is_written_before_it_is_closed() -> None:
    store = SqliteStore(":memory:")
    await store.open()
    received = asyncio.create_task(store.receive(inbox_row("one")))
    await asyncio.sleep(0)
    await store.close()
    assert await received
    with pytest.raises(StoreError, match="not open"):
        await store.receive(inbox_row("two"))
