"""The scripted caller, when the bot is gone."""

from __future__ import annotations

import asyncio

import pytest

from botkit.media.engine import EngineAudioPort
from botkit.testing.caller import Caller, CallFailed


async def test_a_key_that_nobody_takes_any_more_is_told_and_not_waited_for() -> None:
    port, caller = EngineAudioPort(), Caller()
    try:
        leg = await port.accept(await caller.offer(), lambda event: None)
        await caller.apply_answer(leg.answer)
        await caller.connected()
        await caller.press("1")
        await leg.close()
        with pytest.raises(CallFailed):
            await caller.until(lambda: False)
        async with asyncio.timeout(30):
            with pytest.raises(CallFailed, match="before key 2 was sent"):
                await caller.press("2")
    finally:
        await caller.hangup()
        await port.close()
