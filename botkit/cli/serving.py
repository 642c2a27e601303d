"""What commands that serve have in common: when to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_signal(
    work: Coroutine[object, object, None], drain: Callable[[], Coroutine[object, object, None]] | None = None
) -> None:
    """Do `work` to its end, or cancel it at the first SIGINT or SIGTERM; the second has its usual effect.

    With `drain` the first SIGTERM begins that; `work` is cancelled when it is over, or at the next signal.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    draining: asyncio.Task[None] | None = None

    def listen_no_more() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def drained(_: object) -> None:
        task.cancel()

    def stop() -> None:
        listen_no_more()
        if draining is not None:
            # What it waits for ends now: its end must not cancel what `work` does about its own.
            draining.remove_done_callback(drained)
        task.cancel()

    def end() -> None:
        nonlocal draining
        if drain is None or draining is not None:
            stop()
        else:
            draining = loop.create_task(drain())
            draining.add_done_callback(drained)

    loop.add_signal_handler(signal.SIGINT, stop)
    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        listen_no_more()
        if draining is not None:
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
