"""A media process as the bot has it in hand."""

from __future__ import annotations

import asyncio
import gc

import pytest

from botkit.media.workers.port import WorkerAudioPort


async def test_a_start_that_is_given_up_complains_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    port = WorkerAudioPort(1)
    starting = asyncio.create_task(port.start())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await port.close()
    await starting
    del port, starting
    gc.collect()
    assert caplog.messages == []
