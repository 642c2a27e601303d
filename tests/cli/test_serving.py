"""When commands that serve stop. How they do it as processes is told in `test_serving_commands`."""

from __future__ import annotations

import asyncio
import os
import signal

from botkit.cli.serving import until_signal


async def test_a_second_sigterm_ends_the_waiting_and_lets_the_bot_end_in_order() -> None:
    hung_up, told = asyncio.Event(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("stops")
            hung_up.set()
            for _ in range(10):  # turns and effects under way, a logoff
                await asyncio.sleep(0)
            told.append("stopped")

    async def drain() -> None:
        told.append("drains")
        os.kill(os.getpid(), signal.SIGTERM)
        await hung_up.wait()

    serving = asyncio.create_task(until_signal(work(), drain))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await serving
    assert told == ["drains", "stops", "stopped"]
